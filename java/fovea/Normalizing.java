package fovea;

import fovea.op.BatchNorm;
import fovea.op.GroupNorm;
import fovea.op.InstanceNorm;
import fovea.op.LayerNorm;
import fovea.op.LocalResponseNorm;

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

    /** Statistics per image and group of channels; gamma and beta [c]. */
    default Tensor groupNorm(int groups, Tensor gamma, Tensor beta) {
        return self().apply(GroupNorm.of(groups), gamma, beta);
    }

    /** Statistics per image and channel, without weights. */
    default Tensor instanceNorm() {
        return self().apply(new InstanceNorm(1e-5f, false));
    }

    /** Statistics per image and channel; gamma and beta [c]. */
    default Tensor instanceNorm(Tensor gamma, Tensor beta) {
        return self().apply(new InstanceNorm(1e-5f, true), gamma, beta);
    }

    /** Statistics over the last axes, whose shape gamma and beta have. */
    default Tensor layerNorm(Tensor gamma, Tensor beta) {
        return self().apply(LayerNorm.of(gamma.shape().rank()), gamma, beta);
    }

    /** AlexNet's normalisation over {@code size} neighbouring channels; alpha is divided by size. */
    default Tensor localResponseNorm(int size, float alpha, float beta, float k) {
        return self().apply(new LocalResponseNorm(size, alpha, beta, k));
    }
}
