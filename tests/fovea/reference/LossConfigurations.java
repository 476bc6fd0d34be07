package fovea.reference;

import fovea.Losses;
import fovea.Tensor;
import fovea.op.CrossEntropy;
import fovea.op.Reduction;
import java.util.Map;
import java.util.function.Function;

/** Losses, per sample, as mean and as sum; PyTorch calls these reductions 0, 1 and 2. */
final class LossConfigurations {
    private LossConfigurations() {
    }

    /** A loss of predictions and targets of one shape. */
    @FunctionalInterface
    private interface Loss {
        Tensor of(Tensor x, Tensor target, Reduction how);
    }

    static void addTo(Map<String, Function<Draw, Configuration>> all) {
        all.put("crossEntropy", LossConfigurations::crossEntropy);
        all.put("softCrossEntropy", LossConfigurations::softCrossEntropy);
        all.put("negativeLogLikelihood", LossConfigurations::negativeLogLikelihood);
        all.put("squaredError", d -> regression(d, "squaredError", Losses::squaredError, "torch.mse_loss(a, b, %s)"));
        all.put("absoluteError", d -> regression(d, "absoluteError", Losses::absoluteError, "torch.l1_loss(a, b, %s)"));
        all.put("huber", d -> {
            var delta = d.real(0.25, 2);
            return regression(d, "huber", (x, t, how) -> Losses.huber(x, t, delta, how), "torch.huber_loss(a, b, %s, " + delta + ")");
        });
        all.put("smoothL1", d -> {
            var beta = d.real(0.25, 2);
            return regression(d, "smoothL1", (x, t, how) -> Losses.smoothL1(x, t, beta, how),
                    "torch.smooth_l1_loss(a, b, %s, " + beta + ")");
        });
        all.put("binaryCrossEntropy", LossConfigurations::binaryCrossEntropy);
        all.put("hinge", d -> classes(d, -1, "hinge", Losses::hinge, "torch.clamp(1.0 - a * b, min=0.0)"));
        all.put("focal", LossConfigurations::focal);
        all.put("dice", LossConfigurations::dice);
        all.put("multiClassHinge", LossConfigurations::multiClassHinge);
        all.put("cosineEmbedding", LossConfigurations::cosineEmbedding);
        all.put("triplet", LossConfigurations::triplet);
        all.put("rbf", LossConfigurations::rbf);
    }

    /** PyTorch's number is that of the enum; for losses that PyTorch does not have, the reduction is written out. */
    private static String reduced(Reduction how, String losses) {
        return switch (how) {
            case NONE -> losses;
            case MEAN -> "(" + losses + ").mean()";
            case SUM -> "(" + losses + ").sum()";
        };
    }

    private static Reduction how(Draw d) {
        return d.of(Reduction.values());
    }

    private static Configuration crossEntropy(Draw d) {
        var how = how(d);
        var classes = d.from(2, 7);
        var n = d.from(2, 5);
        var smoothing = d.chance() ? d.real(0, 0.4) : 0f;
        var ignore = d.chance() ? 1 : CrossEntropy.IGNORE;
        var weighted = d.chance();
        if (d.chance()) {
            d.normal(n, classes).ids(classes, n);
        } else {
            d.normal(n, classes, 3, 2).ids(classes, n, 3, 2);
        }
        if (weighted) {
            d.fixed(0.5, 2, classes);
        }
        d.factor(2);
        var op = CrossEntropy.MEAN.reduction(how).smoothing(smoothing).ignore(ignore);
        return d.done("crossEntropy", classes * 30, (_, x) -> weighted ? x[0].crossEntropy(op, x[1], x[2]) : x[0].crossEntropy(op, x[1]),
                "torch.cross_entropy_loss(a, b, %s, %s, %s, %s)", weighted ? "c" : "None", how.ordinal(), ignore, smoothing);
    }

    private static Configuration softCrossEntropy(Draw d) {
        var how = how(d);
        var classes = d.from(2, 7);
        var n = d.from(2, 5);
        d.normal(n, classes).fixed(0, 1, n, classes).factor(2);
        return d.done("softCrossEntropy", classes * 5, (_, x) -> x[0].crossEntropy(CrossEntropy.MEAN.reduction(how), x[1]),
                "torch.cross_entropy_loss(a, b, None, %s, -100, 0.0)", how.ordinal());
    }

    private static Configuration negativeLogLikelihood(Draw d) {
        var how = how(d);
        var classes = d.from(2, 7);
        var n = d.from(2, 5);
        d.normal(n, classes).ids(classes, n).factor(2);
        return d.done("negativeLogLikelihood", n * classes, (_, x) -> Losses.negativeLogLikelihood(x[0].logSoftmax(1), x[1], how),
                "torch.nll_loss(torch.log_softmax(a, 1), b, None, %s, -100)", how.ordinal());
    }

    private static Configuration regression(Draw d, String name, Loss loss, String torch) {
        var how = how(d);
        var dims = new long[] {d.from(1, 4), d.from(1, 5), d.from(1, 3)};
        d.normal(dims).fixed(-2, 2, dims).factor(2);
        return d.done(name, d.shape().elements(), (_, x) -> loss.of(x[0], x[1], how), torch, how.ordinal());
    }

    private static Configuration binaryCrossEntropy(Draw d) {
        var how = how(d);
        var n = d.from(1, 5);
        var k = d.from(1, 5);
        var weighted = d.chance();
        d.normal(n, k).either(0, 1, n, k);
        if (weighted) {
            d.fixed(0.5, 3, k);
        }
        d.factor(2);
        return d.done("binaryCrossEntropy", n * k, (_, x) -> weighted ? Losses.binaryCrossEntropy(x[0], x[1], x[2], how)
                : Losses.binaryCrossEntropy(x[0], x[1], how), "torch.binary_cross_entropy_with_logits(a, b, None, %s, %s)",
                weighted ? "c" : "None", how.ordinal());
    }

    private static Configuration classes(Draw d, double other, String name, Loss loss, String torch) {
        var how = how(d);
        var n = d.from(1, 5);
        var k = d.from(1, 5);
        d.normal(n, k).either(1, other, n, k).factor(2);
        return d.done(name, n * k, (_, x) -> loss.of(x[0], x[1], how), reduced(how, torch));
    }

    private static Configuration focal(Draw d) {
        var gamma = d.of(0f, 1f, 2f, 1.5f);
        var alpha = d.of(0.25f, 0.75f, -1f);
        var weight = alpha < 0 ? "1.0" : "(" + alpha + " * b + " + (1 - alpha) + " * (1 - b))";
        return classes(d, 0, "focal", (x, t, how) -> Losses.focal(x, t, gamma, alpha, how),
                "torch.binary_cross_entropy_with_logits(a, b, None, None, 0) * " + weight
                        + " * (1 - (torch.sigmoid(a) * b + (1 - torch.sigmoid(a)) * (1 - b))) ** " + gamma);
    }

    private static Configuration dice(Draw d) {
        var how = how(d);
        var dims = new long[] {d.from(1, 4), d.from(1, 3), d.from(2, 4)};
        var smooth = d.real(0.5, 2);
        d.between(0.05, 0.95, dims).either(0, 1, dims).factor(2);
        return d.done("dice", 48, (_, x) -> Losses.dice(x[0], x[1], smooth, how), reduced(how,
                "1 - (2 * (a * b).sum([1, 2]) + " + smooth + ") / (a.sum([1, 2]) + b.sum([1, 2]) + " + smooth + ")"));
    }

    private static Configuration multiClassHinge(Draw d) {
        var how = how(d);
        var classes = d.from(2, 7);
        var n = d.from(1, 5);
        var power = d.from(1, 2);
        var margin = d.real(0.25, 2);
        d.normal(n, classes).ids(classes, n).factor(2);
        return d.done("multiClassHinge", n * classes, (_, x) -> Losses.multiClassHinge(x[0], x[1], margin, power, how),
                "torch.multi_margin_loss(a, b, %s, %s, None, %s)", power, margin, how.ordinal());
    }

    private static Configuration cosineEmbedding(Draw d) {
        var how = how(d);
        var n = d.from(1, 5);
        var k = d.from(2, 8);
        var margin = d.real(-0.5, 0.5);
        d.normal(n, k).normal(n, k).either(1, -1, n).factor(4);
        return d.done("cosineEmbedding", k, (_, x) -> Losses.cosineEmbedding(x[0], x[1], x[2], margin, how),
                "torch.cosine_embedding_loss(a, b, c, %s, %s)", margin, how.ordinal());
    }

    private static Configuration triplet(Draw d) {
        var how = how(d);
        var n = d.from(1, 5);
        var k = d.from(2, 8);
        var margin = d.real(0.5, 2);
        d.normal(n, k).normal(n, k).normal(n, k).factor(2);
        return d.done("triplet", n * k, (_, x) -> Losses.triplet(x[0], x[1], x[2], margin, how),
                "torch.triplet_margin_loss(a, b, c, %s, 2.0, 0.000001, False, %s)", margin, how.ordinal());
    }

    private static Configuration rbf(Draw d) {
        var how = how(d);
        var classes = d.from(2, 7);
        var n = d.from(1, 5);
        var penalty = d.real(0.25, 4);
        d.between(0, 6, n, classes).ids(classes, n).factor(2);
        return d.done("rbf", n * classes, (_, x) -> Losses.rbf(x[0], x[1], penalty, how), reduced(how,
                "torch.gather(a, 1, b.unsqueeze(1)).squeeze(1) + torch.log(torch.exp(-a).sum(1) + " + Math.exp(-penalty) + ")"));
    }
}
