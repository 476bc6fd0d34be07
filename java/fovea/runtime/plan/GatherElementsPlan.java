package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.GatherElements;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Single elements copied by index; the gradient adds up where they came from. */
public final class GatherElementsPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment x;
    private final MemorySegment index;
    private final int axis;

    public GatherElementsPlan(GatherElements op, Native nativeContext, Request request) {
        super(nativeContext, request);
        x = Native.shape(arena, request.shape(0));
        index = Native.shape(arena, request.shape(1));
        axis = request.shape(0).axis(op.axis());
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_gather_elements_forward(
                nativeContext.ctx(), node.y(0), node.x(0), node.x(1), x, index, axis));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_gather_elements_backward(
                nativeContext.ctx(), node.dx(0), node.dy(0), node.x(1), x, index, axis));
    }

    @Override
    public void close() {
        arena.close();
    }
}
