package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.LocalResponseNormWithin;
import fovea.runtime.Native;
import fovea.runtime.Node;

/** The sums of squares are those of a pooling; two passes around it, and three backward. */
public final class LocalResponseNormWithinPlan extends PoolPlan {
    private final LocalResponseNormWithin op;
    private final long bytes;

    public LocalResponseNormWithinPlan(LocalResponseNormWithin op, Native nativeContext, Request request) {
        super(nativeContext, request, op.window(request.shape(0)), request.shape(0), FoveaNative.FOV_DIVIDE_NONE(),
                FoveaNative.FOV_POOL_OTHER());
        this.op = op;
        bytes = request.layouts().getFirst().elements(request.shape(0)) * 4;
    }

    @Override
    public long forwardWorkspace() {
        return 2 * bytes;
    }

    @Override
    public long backwardWorkspace() {
        return 3 * bytes;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_lrn_within_forward(pool, node.y(0), node.x(0), node.workspace(), op.alpha(), op.beta(),
                op.k()));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_lrn_within_backward(pool, node.dx(0), node.dy(0), node.x(0), node.workspace(), op.alpha(),
                op.beta(), op.k()));
    }
}
