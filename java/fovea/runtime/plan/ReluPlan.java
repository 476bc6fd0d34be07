package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;

/** Any layout: 0 stays 0, so padding lanes need no care. */
public final class ReluPlan extends Plan {
    public ReluPlan(Native nativeContext, Request request) {
        super(nativeContext, request);
    }

    @Override
    public Layout inputLayout(int i) {
        return request.layouts().getFirst();
    }

    @Override
    public Layout outputLayout(int o) {
        return request.layouts().getFirst();
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_relu_forward(nativeContext.ctx(), node.y(0), node.x(0), node.output(0).elements()));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_relu_backward(
                nativeContext.ctx(), node.dx(0), node.dy(0), node.y(0), node.output(0).elements()));
    }
}
