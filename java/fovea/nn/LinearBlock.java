package fovea.nn;

import fovea.Parameter;
import fovea.Tensor;
import fovea.op.Activation;
import fovea.op.Linear;

/** A dense layer with its parameters; the bias may be null. */
record LinearBlock(Linear op, Parameter w, Parameter b) implements Block {
    LinearBlock activation(Activation function) {
        return new LinearBlock(new Linear(function), w, b);
    }

    @Override
    public Tensor forward(Tensor x) {
        return b == null ? x.step().apply(op, x, w) : x.step().apply(op, x, w, b);
    }
}
