package fovea;

import fovea.op.Add;
import fovea.op.Relu;

/** What a {@link Tensor} computes element by element, as methods; each is one op of {@link fovea.op}. */
public sealed interface Arithmetic permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** This plus another tensor. */
    default Tensor add(Tensor other) {
        return self().apply(Add.ADD, other);
    }

    /** max(x, 0). */
    default Tensor relu() {
        return self().apply(Relu.RELU);
    }
}
