package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.runtime.Native;
import fovea.runtime.Node;

/** The condition has no gradient: what would flow there is 0. */
public final class WherePlan extends BroadcastPlan {
    public WherePlan(Native nativeContext, Request request) {
        super(nativeContext, request);
    }

    @Override
    public long backwardWorkspace() {
        return request.needsGrad().get(1) && !isFull(1) || request.needsGrad().get(2) && !isFull(2) ? resultBytes() : 0;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_where_forward(nativeContext.ctx(), node.y(0), node.x(0), node.x(1), node.x(2), layout.id(),
                resultShape, shapes.get(0), shapes.get(1), shapes.get(2)));
    }

    @Override
    public void backward(Node node) {
        if (node.dx(0) != null) {
            nativeContext.check(FoveaNative.fov_fill(nativeContext.ctx(), node.dx(0), 0, node.input(0).elements()));
        }
        for (var i = 1; i < 3; i++) {
            if (node.dx(i) != null) {
                nativeContext.check(FoveaNative.fov_where_backward(nativeContext.ctx(), node.dx(i), node.dy(0), node.x(0), i - 1,
                        layout.id(), resultShape, shapes.get(0), shapes.get(i), workspace(node)));
            }
        }
    }
}
