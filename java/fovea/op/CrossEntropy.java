package fovea.op;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;

/**
 * Cross-entropy between the softmax of scores and targets, in one numerically safe pass. Inputs: scores {@code [n, classes, ...]};
 * targets, either class ids (I32, {@code [n, ...]}) or probabilities of the scores' shape; and, if wanted, class weights
 * {@code [classes]}. Ids, smoothing, weights and means follow PyTorch: a mean over class ids divides by the weights of the samples
 * that count (so it is NaN where none does), a mean over probabilities by the number of samples.
 *
 * <pre>{@code
 * var loss = scores.crossEntropy(labels);
 * var robust = scores.crossEntropy(CrossEntropy.MEAN.smoothing(0.1f).ignore(255), labels);
 * var weighted = step.apply(CrossEntropy.MEAN, scores, labels, classWeights);
 * }</pre>
 *
 * @param smoothing share of every target that is spread evenly over all classes
 * @param ignore samples of this class id have no loss
 * @param logProbabilities the scores are logarithms of probabilities already: negative log-likelihood
 */
public record CrossEntropy(Reduction reduction, float smoothing, int ignore, boolean logProbabilities) implements Op {
    /** PyTorch's default for {@link #ignore()}. */
    public static final int IGNORE = -100;

    public static final CrossEntropy MEAN = new CrossEntropy(Reduction.MEAN, 0, IGNORE, false);

    public CrossEntropy {
        Checks.require(smoothing >= 0 && smoothing <= 1, "crossEntropy: smoothing is %s; it must be 0 to 1", smoothing);
    }

    public CrossEntropy reduction(Reduction how) {
        return new CrossEntropy(how, smoothing, ignore, logProbabilities);
    }

    public CrossEntropy smoothing(float share) {
        return new CrossEntropy(reduction, share, ignore, logProbabilities);
    }

    public CrossEntropy ignore(int classId) {
        return new CrossEntropy(reduction, smoothing, classId, logProbabilities);
    }

    /** For scores that went through {@code logSoftmax}. */
    public CrossEntropy logProbabilities(boolean given) {
        return new CrossEntropy(reduction, smoothing, ignore, given);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.require(inputs.size() == 2 || inputs.size() == 3,
                "crossEntropy takes scores, targets and perhaps class weights, got %d inputs: %s", inputs.size(), inputs);
        var x = Checks.f32("crossEntropy", "scores", inputs.getFirst());
        Checks.require(x.rank() >= 2, "crossEntropy: scores are %s; they must be [n, classes, ...]", x);
        var perSample = Shape.of(x.dim(0)).concat(x.slice(2, x.rank()));
        var target = inputs.get(1);
        Checks.require(target.type() == ElementType.I32 && target.shape().equals(perSample)
                || target.type() == ElementType.F32 && target.shape().equals(x),
                "crossEntropy: scores are %s, targets are %s; targets must be class ids I32 %s or probabilities %s", x, target, perSample,
                x);
        if (inputs.size() == 3) {
            var weights = Checks.f32("crossEntropy", "weights", inputs.get(2));
            Checks.require(weights.rank() == 1 && weights.dim(0) == x.dim(1),
                    "crossEntropy: weights are %s; with scores %s they must be [%d]", weights, x, x.dim(1));
        }
        return List.of(Spec.f32(reduction == Reduction.NONE ? perSample : Shape.scalar()));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 0 | INPUT << 1 | INPUT << 2;
    }
}
