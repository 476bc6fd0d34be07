package fovea;

import fovea.op.Linear;
import fovea.op.MatMul;

/**
 * Products of matrices, as methods of a {@link Tensor}.
 *
 * <pre>{@code
 * var y = x.linear(w, b);                   // [64, 400], [120, 400] and [120] -> [64, 120]
 * var z = a.matmul(c);                      // [8, 3, 5] and [5, 7] -> [8, 3, 7]
 * }</pre>
 */
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

    /** The same with the last two axes of this, of the other or of both exchanged first. */
    default Tensor matmul(Tensor other, boolean transposeThis, boolean transposeOther) {
        return self().apply(new MatMul(transposeThis, transposeOther), other);
    }
}
