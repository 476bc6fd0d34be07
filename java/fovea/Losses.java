package fovea;

import fovea.op.CrossEntropy;
import fovea.op.OneHot;
import fovea.op.Reduction;
import fovea.op.SquaredDistance;

/**
 * Losses that are a few ops each. Definitions and means are PyTorch's where it has the loss: {@link Reduction#MEAN} divides by the
 * number of losses that {@link Reduction#NONE} would return.
 *
 * <pre>{@code
 * var loss = Losses.huber(model.forward(x), target, 1, Reduction.MEAN);
 * }</pre>
 */
public final class Losses {
    private Losses() {
    }

    private static Tensor reduced(Tensor losses, Reduction how) {
        return switch (how) {
            case NONE -> losses;
            case MEAN -> losses.mean();
            case SUM -> losses.sum();
        };
    }

    private static void require(boolean condition, String pattern, Object... args) {
        if (!condition) {
            throw new IllegalArgumentException(pattern.formatted(args));
        }
    }

    private static void sameShape(String loss, Tensor x, Tensor target) {
        require(x.shape().equals(target.shape()), "%s: predictions are %s and targets are %s; both must have one shape", loss, x.shape(),
                target.shape());
    }

    /** Scores [n, classes] and class ids [n]: the ids as rows of 0 and 1. */
    private static Tensor rows(String loss, Tensor scores, Tensor ids) {
        require(scores.shape().rank() == 2 && ids.type() == ElementType.I32 && ids.shape().equals(Shape.of(scores.shape().dim(0))),
                "%s: scores are %s and targets are %s %s; they must be [n, classes] and class ids I32 [n]", loss, scores.shape(),
                ids.type(),
                ids.shape());
        return ids.apply(new OneHot(scores.shape().dim(1)));
    }

    /** {@code (x - t)^2}. */
    public static Tensor squaredError(Tensor x, Tensor target, Reduction how) {
        sameShape("squaredError", x, target);
        return reduced(x.sub(target).square(), how);
    }

    /** {@code |x - t|}. */
    public static Tensor absoluteError(Tensor x, Tensor target, Reduction how) {
        sameShape("absoluteError", x, target);
        return reduced(x.sub(target).abs(), how);
    }

    /** Half the squared error up to a distance of delta, and a straight line from there. */
    public static Tensor huber(Tensor x, Tensor target, float delta, Reduction how) {
        sameShape("huber", x, target);
        require(delta > 0, "huber: delta is %s; it must be above 0", delta);
        var distance = x.sub(target).abs();
        var near = distance.atMost(delta);
        return reduced(near.mul(distance.sub(near.mul(0.5f))), how);
    }

    /** {@link #huber} divided by beta: its slope is 1 from a distance of beta on. */
    public static Tensor smoothL1(Tensor x, Tensor target, float beta, Reduction how) {
        require(beta > 0, "smoothL1: beta is %s; it must be above 0 (absoluteError is the limit at 0)", beta);
        return reduced(huber(x, target, beta, Reduction.NONE).div(beta), how);
    }

    /** Cross-entropy of sigmoid(x) with targets in [0, 1], one decision per element. */
    public static Tensor binaryCrossEntropy(Tensor logits, Tensor target, Reduction how) {
        sameShape("binaryCrossEntropy", logits, target);
        return reduced(logits.softplus().sub(logits.mul(target)), how);
    }

    /** With positive targets weighted: a tensor that stretches to the logits' shape, for example one weight per class. */
    public static Tensor binaryCrossEntropy(Tensor logits, Tensor target, Tensor positiveWeight, Reduction how) {
        sameShape("binaryCrossEntropy", logits, target);
        var weight = target.mul(positiveWeight.sub(1)).add(1);
        return reduced(logits.mul(target.neg().add(1)).add(weight.mul(logits.neg().softplus())), how);
    }

    /** {@code max(0, 1 - t x)} for targets 1 and -1. */
    public static Tensor hinge(Tensor x, Tensor target, Reduction how) {
        sameShape("hinge", x, target);
        return reduced(x.mul(target).neg().add(1).atLeast(0), how);
    }

    /** For every sample the mean over all classes of {@code max(0, margin - x[target] + x[j])^power}, j not the target. */
    public static Tensor multiClassHinge(Tensor scores, Tensor ids, float margin, int power, Reduction how) {
        require(power == 1 || power == 2, "multiClassHinge: power is %d; give 1 or 2", power);
        var own = rows("multiClassHinge", scores, ids);
        var correct = scores.mul(own).sum(1).reshape(scores.shape().dim(0), 1);
        var violation = scores.sub(correct).add(margin).atLeast(0);
        var each = power == 2 ? violation.square() : violation;
        return reduced(each.mul(own.neg().add(1)).sum(1).div(scores.shape().dim(1)), how);
    }

    /**
     * Binary cross-entropy that looks away from what is easy: times {@code (1 - p)^gamma}, p being the probability of the right
     * answer, and times alpha for positive and {@code 1 - alpha} for negative targets, or not where alpha is negative.
     */
    public static Tensor focal(Tensor logits, Tensor target, float gamma, float alpha, Reduction how) {
        require(gamma >= 0 && alpha <= 1, "focal: gamma is %s and alpha is %s; give gamma >= 0 and alpha <= 1", gamma, alpha);
        var entropy = binaryCrossEntropy(logits, target, Reduction.NONE);
        var p = logits.sigmoid();
        var wrong = p.add(target).sub(p.mul(target).mul(2));
        var loss = entropy.mul(wrong.pow(gamma));
        return reduced(alpha < 0 ? loss : loss.mul(target.mul(2 * alpha - 1).add(1 - alpha)), how);
    }

    /** For every sample {@code 1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth)}, over all its elements; p are probabilities. */
    public static Tensor dice(Tensor probabilities, Tensor target, float smooth, Reduction how) {
        sameShape("dice", probabilities, target);
        require(probabilities.shape().rank() >= 2, "dice: probabilities are %s; they must be [n, ...]", probabilities.shape());
        var n = probabilities.shape().dim(0);
        var p = probabilities.reshape(n, probabilities.shape().elements() / n);
        var t = target.reshape(n, probabilities.shape().elements() / n);
        var both = p.mul(t).sum(1).mul(2).add(smooth);
        return reduced(both.div(p.sum(1).add(t.sum(1)).add(smooth)).neg().add(1), how);
    }

    /** For pairs of rows: {@code 1 - cos(a, b)} where the target is 1, {@code max(0, cos(a, b) - margin)} where it is -1. */
    public static Tensor cosineEmbedding(Tensor a, Tensor b, Tensor target, float margin, Reduction how) {
        sameShape("cosineEmbedding", a, b);
        require(a.shape().rank() == 2 && target.shape().equals(Shape.of(a.shape().dim(0))),
                "cosineEmbedding: rows are %s and targets are %s; they must be [n, k] and [n]", a.shape(), target.shape());
        var lengths = a.square().sum(1).add(1e-12f).mul(b.square().sum(1).add(1e-12f)).sqrt();
        var cosine = a.mul(b).sum(1).div(lengths);
        return reduced(target.atLeast(0).where(cosine.neg().add(1), cosine.sub(margin).atLeast(0)), how);
    }

    /** {@code max(0, |anchor - positive| - |anchor - negative| + margin)} for rows of three tensors. */
    public static Tensor triplet(Tensor anchor, Tensor positive, Tensor negative, float margin, Reduction how) {
        sameShape("triplet", anchor, positive);
        sameShape("triplet", anchor, negative);
        // The small number keeps the gradient of a distance of 0 finite.
        var near = anchor.sub(positive).add(1e-6f).norm(-1);
        var far = anchor.sub(negative).add(1e-6f).norm(-1);
        return reduced(near.sub(far).add(margin).atLeast(0), how);
    }

    /** The negative logarithm of the probability that stands at the class id; for scores that went through {@code logSoftmax}. */
    public static Tensor negativeLogLikelihood(Tensor logProbabilities, Tensor ids, Reduction how) {
        return logProbabilities.crossEntropy(CrossEntropy.MEAN.reduction(how).logProbabilities(true), ids);
    }

    /**
     * LeNet-5's criterion on the distances of its output layer ({@link SquaredDistance}): {@code y[target] + log(e^-penalty + sum over i
     * of e^-y[i])}. The distance to the right prototype is pulled down; the second term pushes the wrong ones up, as far as the penalty.
     */
    public static Tensor rbf(Tensor distances, Tensor ids, float penalty, Reduction how) {
        var right = distances.mul(rows("rbf", distances, ids)).sum(1);
        // log(e^-j + e^l) is softplus(l + j) - j.
        var all = distances.neg().logSumExp(1).add(penalty).softplus().sub(penalty);
        return reduced(right.add(all), how);
    }
}
