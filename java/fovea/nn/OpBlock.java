package fovea.nn;

import fovea.Tensor;
import fovea.op.Op;

/** One op without parameters. */
record OpBlock(Op op) implements Block {
    @Override
    public Tensor forward(Tensor x) {
        return x.step().apply(op, x);
    }
}
