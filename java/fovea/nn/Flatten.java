package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Reshape;

/** All extents of a sample as one: {@code [16, 5, 5]} becomes {@code [400]}. */
public record Flatten() implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        return Shape.of(in.elements());
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new Flat();
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "flatten";
    }

    /** Keeps the op of the last batch size, so that a replayed step makes nothing new. */
    private static final class Flat implements Block {
        private Reshape op = new Reshape(Shape.scalar());

        @Override
        public Tensor forward(Tensor x) {
            var n = x.shape().dim(0);
            var elements = x.shape().elements() / n;
            if (op.shape().rank() != 2 || op.shape().dim(0) != n || op.shape().dim(1) != elements) {
                op = new Reshape(Shape.of(n, elements));
            }
            return x.step().apply(op, x);
        }
    }
}
