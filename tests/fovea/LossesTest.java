package fovea;

import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.op.Reduction;
import fovea.oracle.Special;
import fovea.support.Refusals;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LossesTest {
    /** A loss in ops. */
    @FunctionalInterface
    private interface Built {
        Tensor loss(Tensor x, Tensor target, Reduction how);
    }

    /** The same in double: one number per sample or element. */
    @FunctionalInterface
    private interface Oracle {
        double[] losses(double[] x, double[] target);
    }

    private static double[] each(double[] x, double[] t, java.util.function.DoubleBinaryOperator f) {
        var losses = new double[x.length];
        Arrays.setAll(losses, i -> f.applyAsDouble(x[i], t[i]));
        return losses;
    }

    private static double reduced(double[] losses, Reduction how, double[] seed) {
        var sum = 0.0;
        for (var i = 0; i < losses.length; i++) {
            sum += losses[i] * (how == Reduction.NONE ? seed[i] : 1);
        }
        return how == Reduction.MEAN ? sum / losses.length : sum;
    }

    /** Values of every reduction, and gradients towards x against central differences of the oracle. */
    private static void check(String name, Shape shape, double[] x, Shape targetShape, double[] target, boolean ids, Built built,
            Oracle oracle) {
        for (var how : Reduction.values()) {
            try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
                var in = step.of(shape, floats(x)).track();
                var goal = ids ? step.ofInts(targetShape, Arrays.stream(target).mapToInt(v -> (int) v).toArray())
                        : step.of(targetShape, floats(target));
                var loss = built.loss(in, goal, how);
                var expected = oracle.losses(x, target);
                var seed = new double[expected.length];
                Arrays.setAll(seed, i -> 0.5 + i % 3);
                if (how == Reduction.NONE) {
                    var actual = loss.toArray();
                    assertEquals(expected.length, actual.length, name);
                    for (var i = 0; i < actual.length; i++) {
                        assertEquals(expected[i], actual[i], 0x1p-18 * Math.max(1, Math.abs(expected[i])), name);
                    }
                    step.backward(loss, Gradients.REPLACE, floats(seed));
                } else {
                    var value = reduced(expected, how, seed);
                    assertEquals(value, loss.item(), 0x1p-18 * Math.max(1, Math.abs(value)), name);
                    step.backward(loss);
                }
                for (var i = 0; i < x.length; i++) {
                    var h = 1e-5;
                    var up = x.clone();
                    var down = x.clone();
                    up[i] += h;
                    down[i] -= h;
                    var slope = (reduced(oracle.losses(up, target), how, seed) - reduced(oracle.losses(down, target), how, seed)) / (2 * h);
                    assertEquals(slope, in.grad()[i], 1e-4 * Math.max(1, Math.abs(slope)), name + " gradient " + i + " " + how);
                }
            }
        }
    }

    private static float[] floats(double[] x) {
        var y = new float[x.length];
        for (var i = 0; i < y.length; i++) {
            y[i] = (float) x[i];
        }
        return y;
    }

    /** Floats as doubles, none nearer to a multiple of a quarter than 0.01, where some losses have a kink. */
    private static double[] draw(int n, long seed) {
        var random = new SplittableRandom(seed);
        var x = new double[n];
        Arrays.setAll(x, _ -> (float) (random.nextInt(-8, 8) / 4.0 + random.nextDouble(0.01, 0.24)));
        return x;
    }

    private static double[] quarters(int n, long seed) {
        var random = new SplittableRandom(seed);
        var x = new double[n];
        Arrays.setAll(x, _ -> random.nextInt(-8, 8) / 4.0);
        return x;
    }

    private static double[] bits(int n, long seed, double off) {
        var random = new SplittableRandom(seed);
        var x = new double[n];
        Arrays.setAll(x, _ -> random.nextBoolean() ? 1 : off);
        return x;
    }

    private static final Shape GRID = Shape.of(3, 7);

    private static void elementwise(String name, double[] target, Built built, java.util.function.DoubleBinaryOperator f) {
        check(name, GRID, draw(21, 1), GRID, target, false, built, (x, t) -> each(x, t, f));
    }

    @Test
    void regressionLossesAreWhatTheyAreDefinedAs() {
        var t = quarters(21, 2);
        elementwise("squared", t, Losses::squaredError, (x, y) -> (x - y) * (x - y));
        elementwise("absolute", t, Losses::absoluteError, (x, y) -> Math.abs(x - y));
        elementwise("huber", t, (x, y, how) -> Losses.huber(x, y, 0.75f, how), (x, y) -> {
            var d = Math.abs(x - y);
            return d <= 0.75 ? d * d / 2 : 0.75 * (d - 0.375);
        });
        elementwise("smoothL1", t, (x, y, how) -> Losses.smoothL1(x, y, 0.5f, how), (x, y) -> {
            var d = Math.abs(x - y);
            return d < 0.5 ? d * d / 2 / 0.5 : d - 0.25;
        });
    }

    @Test
    void binaryLossesAreWhatTheyAreDefinedAs() {
        var t = bits(21, 3, 0);
        elementwise("bce", t, Losses::binaryCrossEntropy, (x, y) -> Special.softplus(x) - x * y);
        elementwise("weighted bce", t, (x, y, how) -> Losses.binaryCrossEntropy(x, y, x.detach().mul(0).add(2.5f), how),
                (x, y) -> 2.5 * y * Special.softplus(-x) + (1 - y) * Special.softplus(x));
        elementwise("hinge", bits(21, 4, -1), Losses::hinge, (x, y) -> Math.max(0, 1 - x * y));
        for (var alpha : new float[] {0.25f, -1}) {
            elementwise("focal", t, (x, y, how) -> Losses.focal(x, y, 2, alpha, how), (x, y) -> {
                var p = y == 1 ? Special.sigmoid(x) : Special.sigmoid(-x);
                return -Math.pow(1 - p, 2) * Math.log(p) * (alpha < 0 ? 1 : y == 1 ? alpha : 1 - alpha);
            });
        }
    }

    @Test
    void lossesOfSamplesAreWhatTheyAreDefinedAs() {
        var ids = new double[] {2, 0, 6};
        for (var power = 1; power <= 2; power++) {
            var p = power;
            check("multi-class hinge", GRID, draw(21, 5), Shape.of(3), ids, true,
                    (x, y, how) -> Losses.multiClassHinge(x, y, 0.5f, p, how), (x, t) -> perRow(x, (row, i) -> {
                        var sum = 0.0;
                        for (var j = 0; j < 7; j++) {
                            sum += j == t[i] ? 0 : Math.pow(Math.max(0, 0.5 - row[(int) t[i]] + row[j]), p);
                        }
                        return sum / 7;
                    }));
        }
        check("rbf", GRID, positive(draw(21, 6)), Shape.of(3), ids, true, (x, y, how) -> Losses.rbf(x, y, 0.5f, how),
                (x, t) -> perRow(x, (row, i) -> row[(int) t[i]]
                        + Math.log(Math.exp(-0.5) + Arrays.stream(row).map(v -> Math.exp(-v)).sum())));
        check("nll", GRID, draw(21, 7), Shape.of(3), ids, true, Losses::negativeLogLikelihood,
                (x, t) -> perRow(x, (row, i) -> -row[(int) t[i]]));
        check("dice", GRID, probabilities(draw(21, 8)), GRID, bits(21, 9, 0), false, (x, y, how) -> Losses.dice(x, y, 1, how),
                (x, t) -> perRow(x, (row, i) -> {
                    var both = 0.0;
                    var all = 0.0;
                    for (var j = 0; j < 7; j++) {
                        both += row[j] * t[7 * i + j];
                        all += row[j] + t[7 * i + j];
                    }
                    return 1 - (2 * both + 1) / (all + 1);
                }));
    }

    @Test
    void lossesOfPairsAndTriplesAreWhatTheyAreDefinedAs() {
        var other = draw(21, 10);
        var far = draw(21, 11);
        var side = new double[] {1, -1, 1};
        check("cosine", GRID, draw(21, 12), Shape.of(3), side, false,
                (x, y, how) -> Losses.cosineEmbedding(x, constant(x, other), y, -0.9f, how), (x, t) -> perRow(x, (row, i) -> {
                    var b = Arrays.copyOfRange(other, 7 * i, 7 * i + 7);
                    var cosine = dot(row, b) / Math.sqrt((dot(row, row) + 1e-12) * (dot(b, b) + 1e-12));
                    return t[i] > 0 ? 1 - cosine : Math.max(0, cosine + 0.9);
                }));
        check("triplet", GRID, draw(21, 13), Shape.of(3), side, false,
                (x, _, how) -> Losses.triplet(x, constant(x, other), constant(x, far), 3, how),
                (x, _) -> perRow(x, (row, i) -> Math.max(0, length(row, other, i) - length(row, far, i) + 3)));
    }

    @FunctionalInterface
    private interface RowLoss {
        double of(double[] row, int i);
    }

    private static double[] perRow(double[] x, RowLoss loss) {
        var losses = new double[3];
        Arrays.setAll(losses, i -> loss.of(Arrays.copyOfRange(x, 7 * i, 7 * i + 7), i));
        return losses;
    }

    private static Tensor constant(Tensor like, double[] x) {
        return like.session().openStep(like).of(GRID, floats(x));
    }

    private static double dot(double[] a, double[] b) {
        var sum = 0.0;
        for (var i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double length(double[] row, double[] other, int i) {
        var sum = 0.0;
        for (var j = 0; j < 7; j++) {
            var d = row[j] - other[7 * i + j] + 1e-6;
            sum += d * d;
        }
        return Math.sqrt(sum);
    }

    private static double[] positive(double[] x) {
        return Arrays.stream(x).map(v -> (float) Math.abs(v)).toArray();
    }

    private static double[] probabilities(double[] x) {
        return Arrays.stream(x).map(v -> (float) Special.sigmoid(v)).toArray();
    }

    @Test
    void refusesTargetsOfAnotherShape() {
        Refusals.of(step -> Losses.huber(step.zeros(Shape.of(2, 3)), step.zeros(Shape.of(3)), 1, Reduction.MEAN), "huber", "[2, 3]", "[3]");
        Refusals.of(step -> Losses.rbf(step.zeros(Shape.of(2, 3)), step.zeros(Shape.of(2)), 1, Reduction.MEAN), "rbf", "class ids I32");
        Refusals.of(step -> Losses.smoothL1(step.zeros(Shape.of(2)), step.zeros(Shape.of(2)), 0, Reduction.MEAN), "beta is 0.0");
        Refusals.of(step -> Losses.multiClassHinge(step.zeros(Shape.of(2, 3)), step.ofInts(Shape.of(2), 0, 1), 1, 3, Reduction.SUM),
                "power is 3");
    }
}
