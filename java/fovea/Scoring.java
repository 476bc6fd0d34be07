package fovea;

import fovea.op.CrossEntropy;

/**
 * Losses: how far a {@link Tensor} is from what it should be. As methods; each is one op of {@link fovea.op} or a few of them.
 *
 * <pre>{@code
 * var loss = model.forward(x).crossEntropy(labels);
 * step.backward(loss);
 * }</pre>
 */
public sealed interface Scoring permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** The mean cross-entropy of these scores with class ids (I32) or probabilities; see {@link CrossEntropy}. */
    default Tensor crossEntropy(Tensor targets) {
        return crossEntropy(CrossEntropy.MEAN, targets);
    }

    default Tensor crossEntropy(CrossEntropy op, Tensor targets) {
        return self().apply(op, targets);
    }

    /** With a weight for every class. */
    default Tensor crossEntropy(CrossEntropy op, Tensor targets, Tensor weights) {
        return self().apply(op, targets, weights);
    }
}
