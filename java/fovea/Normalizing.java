package fovea;

import fovea.op.BatchNorm;

/**
 * How a {@link Tensor} is normalised, as methods; each is one op of {@link fovea.op}.
 *
 * <pre>{@code
 * var y = x.batchNorm(gamma, beta, runningMean, runningVariance);    // learns in TRAIN steps, uses what it learned in EVAL steps
 * }</pre>
 */
public sealed interface Normalizing permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** Batch norm with momentum 0.1 and epsilon 1e-5: in a TRAIN step with the batch's statistics, else with the running ones. */
    default Tensor batchNorm(Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance) {
        var x = self();
        var step = x.session().openStep(x);
        return step.apply(BatchNorm.of(step.mode() == Mode.TRAIN), x, gamma, beta, runningMean, runningVariance);
    }

    /** Batch norm in any form; the other inputs as {@link BatchNorm} lists them. */
    default Tensor batchNorm(BatchNorm op, Tensor... others) {
        var x = self();
        var inputs = new Tensor[others.length + 1];
        inputs[0] = x;
        System.arraycopy(others, 0, inputs, 1, others.length);
        return x.session().openStep(x).apply(op, inputs);
    }
}
