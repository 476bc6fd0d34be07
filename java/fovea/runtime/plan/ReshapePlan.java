package fovea.runtime.plan;

import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;

/** Another name for the same memory. Asks for the plain layout, in which the order of elements does not depend on the shape. */
public final class ReshapePlan extends Plan {
    public ReshapePlan(Native nativeContext, Request request) {
        super(nativeContext, request);
    }

    @Override
    public boolean aliases() {
        return true;
    }

    @Override
    public boolean passesGrad(int i) {
        return true;
    }

    @Override
    public void forward(Node node) {
    }

    @Override
    public void backward(Node node) {
    }
}
