package fovea.nn;

import fovea.Shape;

/** max(x, 0). */
public record Relu() implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new OpBlock(fovea.op.Relu.RELU);
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "relu";
    }
}
