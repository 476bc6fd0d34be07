package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.SquaredDistance;

/**
 * Squared distances to a prototype of every class: LeNet-5's output layer; {@code rbf(classes)} makes one. They are
 * {@code weight [classes, features]}: a buffer, or a parameter where {@link #trained} says that they learn. The least distance is the best, so a program
 * that takes the largest score takes {@code y.neg()}; the loss is {@link fovea.Losses#rbf}.
 *
 * <pre>{@code
 * rbf(10).init(Init.of(bitmaps))        // 10 bitmaps of 7 x 12 with elements 1 and -1, as in the paper
 * }</pre>
 */
public record Prototypes(int classes, Init init, boolean trained) implements Layer {
    public Prototypes {
        if (classes < 1) {
            throw new IllegalArgumentException("rbf: %d classes; there must be at least one".formatted(classes));
        }
    }

    Prototypes(int classes) {
        this(classes, Init.uniform(-1, 1), false);
    }

    public Prototypes init(Init prototypes) {
        return new Prototypes(classes, prototypes, trained);
    }

    /** Whether the prototypes learn. */
    public Prototypes trained(boolean yes) {
        return new Prototypes(classes, init, yes);
    }

    @Override
    public Shape outputShape(Shape in) {
        if (in.rank() != 1) {
            throw new IllegalArgumentException("rbf needs samples of [features], got %s; likely cause: flatten() is missing before it"
                    .formatted(in));
        }
        return Shape.of(classes);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        var shape = Shape.of(classes, in.dim(0));
        return new Built(trained ? scope.parameter("weight", shape, init) : scope.buffer("weight", shape, init));
    }

    private record Built(Tensor w) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            return x.step().apply(SquaredDistance.SQUARED_DISTANCE, x, w);
        }
    }

    @Override
    public long macs(Shape in) {
        return in.elements() * classes;
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "rbf " + classes + (trained ? ", trained" : "");
    }
}
