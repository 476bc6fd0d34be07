package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Reshape;

/** The same elements as samples of another shape: {@code reshape(64, 7, 7)}. */
public record Reshaping(Shape shape) implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        if (in.elements() != shape.elements()) {
            throw new IllegalArgumentException("reshape: samples of %s have %d elements, %s has %d".formatted(
                    in, in.elements(), shape, shape.elements()));
        }
        return shape;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        return new Built(shape);
    }

    /** Keeps the op of the last batch size, so that a replayed step makes nothing new. */
    private static final class Built implements Block {
        private final Shape shape;
        private Reshape op;

        Built(Shape shape) {
            this.shape = shape;
        }

        @Override
        public Tensor forward(Tensor x) {
            if (op == null || op.shape().dim(0) != x.shape().dim(0)) {
                op = new Reshape(Shape.of(x.shape().dim(0)).concat(shape));
            }
            return x.step().apply(op, x);
        }
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "reshape " + shape.toString().replaceAll("[\\[\\]]", "");
    }
}
