package fovea;

import fovea.op.Linear;
import fovea.op.MatMul;

/** Products of matrices, as methods of a {@link Tensor}. */
public sealed interface Multiplying permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** {@code this w' + b}: a dense layer. w is [out, in]; b is [out], or null for none. */
    default Tensor linear(Tensor w, Tensor b) {
        return b == null ? self().apply(Linear.LINEAR, w) : self().apply(Linear.LINEAR, w, b);
    }

    /** The product of matrices; leading axes are batches and broadcast. */
    default Tensor matmul(Tensor other) {
        return self().apply(MatMul.MATMUL, other);
    }
}
