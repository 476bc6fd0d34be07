package fovea.nn;

import fovea.Shape;
import fovea.op.Op;

/**
 * A function of every element: {@code relu()}, {@code gelu()} and so on in {@link Layers}, or any op of one input that keeps the
 * shape.
 */
public record Elementwise(String label, Op op) implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        return Shapes.through(op, in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new OpBlock(op);
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }
}
