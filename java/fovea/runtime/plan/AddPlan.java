package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;

/** y = a + b in the layout of a; both gradients are dy itself. */
public final class AddPlan extends Plan {
    public AddPlan(Native nativeContext, Request request) {
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
    public boolean passesGrad(int i) {
        return true;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_add(nativeContext.ctx(), node.y(0), node.x(0), node.x(1), node.output(0).elements()));
    }

    @Override
    public void backward(Node node) {
    }
}
