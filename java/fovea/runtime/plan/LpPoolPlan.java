package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.LpPool;
import fovea.runtime.Native;
import fovea.runtime.Node;

/** Backward first weighs dy by y^(1 - p), one pass over the smaller side. */
public final class LpPoolPlan extends PoolPlan {
    private final float p;
    private final long bytes;

    public LpPoolPlan(LpPool op, Native nativeContext, Request request) {
        super(nativeContext, request, op.window(), outputShape(request), FoveaNative.FOV_DIVIDE_NONE(),
                FoveaNative.FOV_POOL_OTHER());
        p = op.p();
        bytes = outputLayout(0).elements(outputShape(request)) * 4;
    }

    @Override
    public long backwardWorkspace() {
        return bytes;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_lp_pool_forward(pool, node.y(0), node.x(0), p));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_lp_pool_backward(pool, node.dx(0), node.dy(0), node.x(0), node.y(0), node.workspace(), p));
    }
}
