package fovea.runtime.plan;

import fovea.op.Convert;
import fovea.runtime.Layout;
import fovea.runtime.Memory;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;

/** Any layout: 0 is 0 in every element type. Nothing happens where the type stays. */
public final class ConvertPlan extends Plan {
    private final Convert op;

    public ConvertPlan(Convert op, Native nativeContext, Request request) {
        super(nativeContext, request);
        this.op = op;
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
        return request.inputs().getFirst().type() == op.type();
    }

    @Override
    public boolean passesGrad(int i) {
        return true;
    }

    @Override
    public void forward(Node node) {
        Memory.convert(nativeContext, node.y(0), op.type(), node.x(0), request.inputs().getFirst().type(), node.output(0).elements());
    }

    @Override
    public void backward(Node node) {
    }
}
