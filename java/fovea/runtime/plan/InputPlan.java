package fovea.runtime.plan;

import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;

/** A place for data: the step writes it after the node has run. */
public final class InputPlan extends Plan {
    public InputPlan(Native nativeContext, Request request) {
        super(nativeContext, request);
    }

    @Override
    public void forward(Node node) {
    }

    @Override
    public void backward(Node node) {
    }
}
