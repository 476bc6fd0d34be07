package fovea.nn;

import fovea.Shape;

/** A layer under a name of its own in its container, instead of its position: {@code named("conv1", conv2d(64, 7))}. */
public record Named(String name, Layer layer) implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        return layer.outputShape(in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return layer.build(scope, in);
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
        return layer.label();
    }

    static String nameOf(Layer layer, int position) {
        return layer instanceof Named named ? named.name : Integer.toString(position);
    }

    static Layer bare(Layer layer) {
        return layer instanceof Named named ? bare(named.layer) : layer;
    }
}
