package fovea.runtime.plan;

import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;

/** Another name for the same memory, in whatever layout. */
public final class DetachPlan extends Plan {
    public DetachPlan(Native nativeContext, Request request) {
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
    public boolean aliases() {
        return true;
    }

    @Override
    public void forward(Node node) {
    }

    @Override
    public void backward(Node node) {
    }
}
