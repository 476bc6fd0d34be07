package fovea.op;

import static fovea.op.MaxPoolTest.eachTierAndLayout;
import static fovea.op.MaxPoolTest.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class BatchNormTest {
    private static final BatchNorm TRAINING = BatchNorm.of(true);

    /** Around 1 and -1: no result lies so near zero that a difference could cross the kink of a ReLU. */
    private static final OpCase.Source TWO_HUMPS = (random, _) -> (random.nextBoolean() ? 1 : -1) * (1 + 0.2 * random.nextDouble());
    private static final OpCase.Source SMALL = (random, _) -> 0.2 * (random.nextDouble() - 0.5);
    private static final OpCase.Source AROUND_ONE = (random, _) -> 0.9 + 0.2 * random.nextDouble();

    static OpCase of(BatchNorm op, long... dims) {
        return of(op, TWO_HUMPS, dims);
    }

    private static OpCase of(BatchNorm op, OpCase.Source source, long... dims) {
        var x = Shape.of(dims);
        var c = dims[1];
        // The statistics of a channel carry the rounding of its deviations into every element: a few times that of one product.
        var made = OpCase.of(op + " of " + x, op).input(source, dims).ulps(16);
        if (op.affine()) {
            made.input(AROUND_ONE, c).input(SMALL, c);
        }
        if (op.running()) {
            made.constant(SMALL, c).constant(AROUND_ONE, c);
        }
        if (op.add()) {
            made.input(SMALL, dims);
        }
        return made.oracle(in -> new double[][] {forward(op, x, in)});
    }

    private static double[] forward(BatchNorm op, Shape shape, double[][] in) {
        var n = (int) shape.dim(0);
        var c = (int) shape.dim(1);
        var plane = in[0].length / n / c;
        var y = new double[in[0].length];
        for (var ch = 0; ch < c; ch++) {
            var channel = ch;
            var places = IntStream.range(0, n * plane).map(i -> (i / plane * c + channel) * plane + i % plane).toArray();
            var mean = op.training() ? mean(in[0], places) : in[op.runningInput()][ch];
            var variance = op.training() ? variance(in[0], places) : in[op.runningInput() + 1][ch];
            for (var i : places) {
                var z = (in[0][i] - mean) / Math.sqrt(variance + op.epsilon());
                z = op.affine() ? z * in[1][ch] + in[2][ch] : z;
                z += op.add() ? in[op.addInput()][i] : 0;
                y[i] = op.activation() == Activation.RELU ? Math.max(z, 0) : z;
            }
        }
        return y;
    }

    private static double mean(double[] x, int[] places) {
        return Arrays.stream(places).mapToDouble(i -> x[i]).sum() / places.length;
    }

    private static double variance(double[] x, int[] places) {
        var mean = mean(x, places);
        return Arrays.stream(places).mapToDouble(i -> (x[i] - mean) * (x[i] - mean)).sum() / places.length;
    }

    /** As of group norm, whose rows are the channels here. */
    private static double condition(double[] x, long[] dims, float epsilon) {
        var c = (int) dims[1];
        var n = (int) dims[0];
        var plane = x.length / n / c;
        var byChannel = new double[x.length];
        for (var i = 0; i < x.length; i++) {
            byChannel[(i / plane % c * n + i / plane / c) * plane + i % plane] = x[i];
        }
        return GroupNormTest.condition(byChannel, c, epsilon);
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractInTraining() {
        return OpContract.tests(of(TRAINING, 4, 3, 5, 5), of(TRAINING, 8, 4), of(TRAINING, 8, 4, 1, 1), of(TRAINING, 17, 18, 3, 3),
                of(TRAINING, 2, 40, 7, 7), of(TRAINING, 3, 2, 11), of(TRAINING, 2, 3, 4, 5, 6), of(TRAINING.affine(false), 4, 17, 6, 6),
                of(TRAINING.running(false), 5, 3, 4, 4));
    }

    /** More rows than a chunk holds, several segments in a chunk, and a last batch block with fewer images. */
    @TestFactory
    Stream<DynamicTest> keepsTheContractOverManyChunks() {
        return OpContract.tests(of(TRAINING, 3, 2, 70, 70), of(TRAINING, 33, 2, 20, 20), of(TRAINING, 300, 21), of(TRAINING, 70, 5, 6, 7),
                of(TRAINING.activation(Activation.RELU), 3, 17, 40, 41));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractFused() {
        var relu = TRAINING.activation(Activation.RELU);
        return OpContract.tests(of(relu, 4, 3, 5, 5), of(relu.add(true), 4, 3, 5, 5), of(TRAINING.add(true), 18, 17, 3, 3),
                of(relu.add(true), 18, 17, 3, 5), of(relu, 20, 5), of(relu.add(true).affine(false), 4, 3, 5, 5));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractInEvaluation() {
        var eval = BatchNorm.of(false);
        return OpContract.tests(of(eval, 4, 3, 5, 5), of(eval, 1, 4), of(eval.activation(Activation.RELU), 17, 18, 3, 3),
                of(eval.activation(Activation.RELU).add(true), 2, 3, 7, 5), of(eval.affine(false), 2, 3, 9));
    }

    @Tag("fuzz")
    @Test
    void findsRandomFormsRight() {
        Fuzz.run("batchNorm", 10, random -> {
            var op = new BatchNorm(random.nextBoolean(), 0.1f, 1e-3f, random.nextBoolean(), true, random.nextBoolean(),
                    random.nextBoolean() ? Activation.RELU : Activation.NONE);
            var dims = new long[random.nextInt(2, 6)];
            dims[0] = random.nextInt(2, 36);
            dims[1] = random.nextInt(1, 36);
            for (var i = 2; i < dims.length; i++) {
                dims[i] = random.nextInt(1, dims.length > 3 ? 7 : 40);
            }
            var planes = (int) (dims[0] * dims[1]);
            var plane = (int) (Shape.of(dims).elements() / planes);
            // Behind a ReLU every channel has both humps, so that nothing comes near the kink. Elsewhere a channel may have any spread.
            var drawn = new int[1];
            OpCase.Source both = (r, _) -> {
                var i = drawn[0]++ % (planes * plane);
                return (((long) i / plane / dims[1] * plane + i % plane) % 2 == 0 ? 1 : -1) * (1 + 0.2 * r.nextDouble());
            };
            Fuzz.check(of(op, op.activation() == Activation.RELU ? both : TWO_HUMPS, dims)
                    .conditioned(in -> op.training() ? condition(in[0], dims, op.epsilon()) : 1), random);
        });
    }

    /** Half of the running statistics' way at momentum 0.5, the variance with n - 1; once per pass, also where it is run again. */
    @Test
    void movesTheRunningStatisticsOncePerPass() {
        eachTierAndLayout((session, layout) -> {
            var mean = session.tensor("mean", Shape.of(2), ElementType.F32);
            var variance = session.tensor("variance", Shape.of(2), ElementType.F32);
            mean.copyFrom(10f, 20f);
            variance.copyFrom(1f, 1f);
            var op = TRAINING.affine(false).momentum(0.5f);
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.of(Shape.of(2, 2, 2), 1, 3, 0, 0, 5, 7, 8, 8).track();
                var placed = step.apply(new Reorder(layout.name()), x);
                var y = step.checkpoint(v -> v.batchNorm(op, mean, variance).relu(), placed);
                step.backward(y, Gradients.REPLACE, 1, 2, 3, 4, 5, 6, 7, 8);
            }
            assertArrayEquals(new float[] {7, 12}, mean.toArray());
            assertArrayEquals(new float[] {0.5f + 0.5f * 20 / 3, 0.5f + 0.5f * 64 / 3}, variance.toArray(), 1e-6f);
        });
    }

    @Test
    void leavesTheRunningStatisticsAloneInEvaluation() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var mean = session.tensor("mean", Shape.of(3), ElementType.F32);
            var variance = session.tensor("variance", Shape.of(3), ElementType.F32);
            variance.copyFrom(1f, 4f, 9f);
            var y = step.normal(Shape.of(4, 3, 2, 2), 3, 1).batchNorm(step.full(Shape.of(3), 1), step.zeros(Shape.of(3)), mean, variance);
            assertEquals(48, y.toArray().length);
            assertArrayEquals(new float[] {0, 0, 0}, mean.toArray());
            assertArrayEquals(new float[] {1, 4, 9}, variance.toArray());
        }
    }

    /**
     * With a mean of 1e5 deviations and more, x itself is only known to eps * mean; no more may be lost: the bound is that of rounding
     * x and the mean once. A sum of squares would be off by 600 times the variance.
     */
    @Test
    void staysExactWhereTheMeanIsLarge() {
        for (var offset : new double[] {1e3, 1e5, -3e5}) {
            eachTierAndLayout((session, layout) -> {
                var random = new SplittableRandom(5);
                var dims = new long[] {9, 3, 21, 31};
                var x = new float[9 * 3 * 21 * 31];
                for (var i = 0; i < x.length; i++) {
                    x[i] = (float) (offset + random.nextGaussian());
                }
                // An image that begins black, whose first elements are no guess at the mean.
                Arrays.fill(x, 0, 100, (float) (offset - 3));
                var in = new double[][] {IntStream.range(0, x.length).mapToDouble(i -> x[i]).toArray()};
                var op = TRAINING.affine(false).running(false);
                var expected = forward(op, Shape.of(dims), in);
                try (var step = session.step(Mode.EVAL)) {
                    var y = step.apply(new Reorder(layout.name()), step.of(Shape.of(dims), x)).batchNorm(op).toArray();
                    var bound = 0x1p-24 * (Math.abs(offset) + 64);
                    for (var i = 0; i < y.length; i++) {
                        assertTrue(Math.abs(y[i] - expected[i]) <= bound, "y[%d] is %s, expected %s, bound %s, mean %s, %s, %s".formatted(
                                i, y[i], expected[i], bound, offset, session.isa(), layout));
                    }
                }
            });
        }
    }

    @Test
    void equalsWhatItWasFusedFrom() {
        eachTierAndLayout((session, layout) -> {
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.apply(new Reorder(layout.name()), step.normal(Shape.of(18, 19, 5, 6), 1, 2));
                var r = step.apply(new Reorder(layout.name()), step.normal(Shape.of(18, 19, 5, 6), 0, 1));
                var op = TRAINING.affine(false).running(false);
                assertArrayEquals(x.batchNorm(op).add(r).relu().toArray(),
                        x.batchNorm(op.add(true).activation(Activation.RELU), r).toArray());
            }
        });
    }

    @Test
    void letsNaNThroughItsRelu() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.of(Shape.of(1, 1, 3), Float.NaN, -1, 1);
            var y = x.batchNorm(BatchNorm.of(false).affine(false).activation(Activation.RELU), step.zeros(Shape.of(1)),
                    step.full(Shape.of(1), 1)).toArray();
            assertTrue(Float.isNaN(y[0]) && y[1] == 0 && y[2] > 0, Arrays.toString(y));
        }
    }

    @Test
    void rejectsWhatDoesNotFit() {
        refused(() -> TRAINING.momentum(1.5f), "batchNorm", "momentum", "1.5");
        refused(() -> TRAINING.epsilon(0), "batchNorm", "epsilon", "0");
        refused(() -> BatchNorm.of(false).running(false), "batchNorm", "running statistics");
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.zeros(Shape.of(4, 3, 2, 2));
            var three = step.zeros(Shape.of(3));
            var four = step.zeros(Shape.of(4));
            refused(() -> x.batchNorm(three, four, three, three), "batchNorm", "beta is [4]", "[3]");
            refused(() -> x.batchNorm(TRAINING, three), "batchNorm takes [x, gamma, beta, running mean, running variance]", "got 2");
            refused(() -> x.batchNorm(TRAINING.affine(false).running(false).add(true), three), "r is [3]", "[4, 3, 2, 2]");
            refused(() -> step.zeros(Shape.of(1, 3, 1, 1)).batchNorm(three, three, three, three), "one value per channel", "larger batch");
            refused(() -> three.batchNorm(three, three, three, three), "batchNorm", "[n, c]");
        }
    }
}
