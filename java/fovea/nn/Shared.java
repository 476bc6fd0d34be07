package fovea.nn;

import fovea.Shape;

/**
 * A layer whose weights are the same wherever it stands in a model: they live at the top of the model under the given name, and
 * their gradients add up over all places. Two layers under one name must ask for the same parameters.
 */
public record Shared(String name, Layer layer) implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        return layer.outputShape(in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return layer.build(scope.shared(name), in);
    }

    @Override
    public long macs(Shape in) {
        return layer.macs(in);
    }

    @Override
    public boolean holdsNothing() {
        return layer.holdsNothing();
    }

    @Override
    public String label() {
        return layer.label() + ", shared as " + name;
    }
}
