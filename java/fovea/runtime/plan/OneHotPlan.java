package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.OneHot;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** No gradient: class ids have none. */
public final class OneHotPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final OneHot op;
    private final MemorySegment shape;
    private final int axis;

    public OneHotPlan(OneHot op, Native nativeContext, Request request) {
        super(nativeContext, request);
        this.op = op;
        shape = Native.shape(arena, op.infer(request.inputs()).getFirst().shape());
        axis = op.place(request.shape(0));
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_one_hot(nativeContext.ctx(), node.y(0), node.x(0), shape, axis, op.on(), op.off()));
    }

    @Override
    public void backward(Node node) {
    }

    @Override
    public void close() {
        arena.close();
    }
}
