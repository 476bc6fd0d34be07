package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.Gather;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Rows copied by index; the gradient of a row is the sum of those that were copied from it. */
public final class GatherPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shape;
    private final int axis;
    private final long count;
    private final int bytes;

    public GatherPlan(Gather op, Native nativeContext, Request request) {
        super(nativeContext, request);
        shape = Native.shape(arena, request.shape(0));
        axis = request.shape(0).axis(op.axis());
        count = request.shape(1).elements();
        bytes = request.inputs().getFirst().type().bytes();
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_gather_forward(
                nativeContext.ctx(), node.y(0), node.x(0), node.x(1), shape, axis, count, bytes));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_gather_backward(nativeContext.ctx(), node.dx(0), node.dy(0), node.x(1), shape, axis, count));
    }

    @Override
    public void close() {
        arena.close();
    }
}
