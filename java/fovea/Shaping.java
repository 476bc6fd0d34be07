package fovea;

import fovea.op.Reshape;

/** What moves the elements of a {@link Tensor} and computes nothing, as methods; each is one op of {@link fovea.op}. */
public sealed interface Shaping permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** The same elements under another shape. */
    default Tensor reshape(long... dims) {
        return self().apply(new Reshape(Shape.of(dims)));
    }
}
