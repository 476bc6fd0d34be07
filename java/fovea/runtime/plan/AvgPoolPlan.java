package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.AdaptiveAvgPool;
import fovea.op.AvgPool;
import fovea.op.SumPool;
import fovea.runtime.Native;
import fovea.runtime.Node;

/** Averages and sums: one kernel that differs in its divisor. Backward needs nothing but the windows. */
public final class AvgPoolPlan extends PoolPlan {
    public AvgPoolPlan(AvgPool op, Native nativeContext, Request request) {
        super(nativeContext, request, op.window(), outputShape(request),
                op.countPadding() ? FoveaNative.FOV_DIVIDE_PADDED() : FoveaNative.FOV_DIVIDE_INSIDE(), FoveaNative.FOV_POOL_AVG());
    }

    public AvgPoolPlan(SumPool op, Native nativeContext, Request request) {
        super(nativeContext, request, op.window(), outputShape(request), FoveaNative.FOV_DIVIDE_NONE(), FoveaNative.FOV_POOL_OTHER());
    }

    public AvgPoolPlan(AdaptiveAvgPool op, Native nativeContext, Request request) {
        super(nativeContext, request, outputShape(request), FoveaNative.FOV_DIVIDE_INSIDE(), FoveaNative.FOV_POOL_AVG());
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_avg_pool_forward(pool, node.y(0), node.x(0)));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_avg_pool_backward(pool, node.dx(0), node.dy(0)));
    }
}
