package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The layout of x, for its indices and the result too. */
public final class MaxUnpoolPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment x;
    private final MemorySegment y;
    private final Layout layout;

    public MaxUnpoolPlan(Native nativeContext, Request request) {
        super(nativeContext, request);
        layout = request.layouts().getFirst();
        x = Native.shape(arena, request.shape(0));
        y = Native.shape(arena, PoolPlan.outputShape(request));
    }

    @Override
    public Layout inputLayout(int i) {
        return layout;
    }

    @Override
    public Layout outputLayout(int o) {
        return layout;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_max_unpool_forward(nativeContext.ctx(), node.y(0), node.x(0), node.x(1), x, y, layout.id()));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_max_unpool_backward(nativeContext.ctx(), node.dx(0), node.dy(0), node.x(1), x, y,
                layout.id()));
    }

    @Override
    public void close() {
        arena.close();
    }
}
