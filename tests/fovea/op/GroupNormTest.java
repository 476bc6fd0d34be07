package fovea.op;

import static fovea.op.MaxPoolTest.refused;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Group, instance and layer norm: rows of elements that share statistics. */
class GroupNormTest {
    private static final OpCase.Source AROUND_ONE = (random, _) -> 0.9 + 0.2 * random.nextDouble();
    private static final OpCase.Source SHIFTED = (random, _) -> 3 + random.nextGaussian();

    /** The oracle of all three: rows of `length` elements; element i of a tensor has weight `weights(i)`. */
    private static OpCase of(String name, Op op, int rows, float epsilon, boolean affine, long[] weights, IntUnary weight, long... dims) {
        // Statistics carry the rounding of deviations, and where few elements share them gradients grow by 1 / deviation.
        var made = OpCase.of(name, op).input(SHIFTED, dims).ulps(32).gradientScale(4);
        if (affine) {
            made.input(AROUND_ONE, weights).input(AROUND_ONE, weights);
        }
        return made.oracle(in -> {
            var x = in[0];
            var y = new double[x.length];
            var length = x.length / rows;
            for (var row = 0; row < rows; row++) {
                var places = IntStream.range(row * length, (row + 1) * length).toArray();
                var mean = Arrays.stream(places).mapToDouble(i -> x[i]).sum() / length;
                var variance = Arrays.stream(places).mapToDouble(i -> (x[i] - mean) * (x[i] - mean)).sum() / length;
                for (var i : places) {
                    y[i] = (x[i] - mean) / Math.sqrt(variance + epsilon);
                    y[i] = affine ? y[i] * in[1][weight.of(i)] + in[2][weight.of(i)] : y[i];
                }
            }
            return new double[][] {y};
        });
    }

    /**
     * With n elements of deviation s in a row, an error e of the deviations becomes at most (1 + sqrt(n)) e / s in the result: e / s of
     * its own and, as no element lies farther than sqrt(n) s from the mean, sqrt(n) e / s from the error of s.
     */
    static double condition(double[] x, int rows, float epsilon) {
        var n = x.length / rows;
        var worst = 1.0;
        for (var row = 0; row < rows; row++) {
            var values = Arrays.copyOfRange(x, row * n, (row + 1) * n);
            var mean = Arrays.stream(values).sum() / n;
            var variance = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / n;
            worst = Math.max(worst, (1 + Math.sqrt(n)) / Math.sqrt(variance + epsilon));
        }
        return worst;
    }

    private interface IntUnary {
        int of(int i);
    }

    private static IntUnary channel(long... dims) {
        var plane = (int) Arrays.stream(dims).skip(2).reduce(1, (a, b) -> a * b);
        return i -> i / plane % (int) dims[1];
    }

    static OpCase group(int groups, boolean affine, long... dims) {
        return group(groups, 1e-5f, affine, dims);
    }

    private static OpCase group(int groups, float epsilon, boolean affine, long... dims) {
        var op = new GroupNorm(groups, epsilon, affine);
        return of(op + " of " + Shape.of(dims), op, (int) dims[0] * groups, op.epsilon(), affine, new long[] {dims[1]}, channel(dims),
                dims);
    }

    private static OpCase instance(boolean affine, long... dims) {
        return instance(1e-5f, affine, dims);
    }

    private static OpCase instance(float epsilon, boolean affine, long... dims) {
        var op = new InstanceNorm(epsilon, affine);
        return of(op + " of " + Shape.of(dims), op, (int) (dims[0] * dims[1]), op.epsilon(), affine, new long[] {dims[1]}, channel(dims),
                dims);
    }

    static OpCase layer(int axes, boolean affine, long... dims) {
        return layer(axes, 1e-5f, affine, dims);
    }

    private static OpCase layer(int axes, float epsilon, boolean affine, long... dims) {
        var op = new LayerNorm(axes, epsilon, affine);
        var shape = Shape.of(dims);
        var row = shape.slice(dims.length - axes, dims.length);
        return of(op + " of " + shape, op, (int) (shape.elements() / row.elements()), op.epsilon(), affine, row.toArray(),
                i -> i % (int) row.elements(), dims);
    }

    @TestFactory
    Stream<DynamicTest> groupNormKeepsTheContract() {
        return OpContract.tests(group(4, true, 3, 4, 3, 3), group(1, true, 2, 8, 3, 3), group(2, true, 17, 6, 5, 4),
                group(16, true, 2, 32, 3, 5), group(3, false, 2, 48, 4, 4), group(2, true, 3, 40), group(5, true, 18, 35, 7),
                group(2, true, 2, 4, 3, 4, 5));
    }

    @TestFactory
    Stream<DynamicTest> groupNormKeepsTheContractOverManyChunks() {
        return OpContract.tests(group(2, true, 2, 4, 70, 67), group(3, true, 17, 6, 17, 18));
    }

    @TestFactory
    Stream<DynamicTest> instanceNormKeepsTheContract() {
        return OpContract.tests(instance(true, 2, 3, 5, 4), instance(false, 17, 18, 3, 4), instance(true, 2, 3, 70, 67),
                instance(true, 2, 3, 20), instance(false, 1, 2, 3, 4, 5));
    }

    @TestFactory
    Stream<DynamicTest> layerNormKeepsTheContract() {
        return OpContract.tests(layer(1, true, 4, 3, 6), layer(1, true, 5, 40), layer(2, true, 3, 4, 7, 5), layer(3, true, 3, 4, 7, 5),
                layer(1, false, 200, 9), layer(3, true, 2, 5, 31, 33), layer(1, true, 700, 33), layer(4, false, 2, 3, 4, 5));
    }

    @Tag("fuzz")
    @Test
    void findsRandomShapesRight() {
        Fuzz.run("groupNorm", 6, random -> {
            var dims = new long[random.nextInt(3, 5)];
            var groups = random.nextInt(1, 6);
            dims[0] = random.nextInt(1, 20);
            dims[1] = groups * random.nextInt(1, 8);
            for (var i = 2; i < dims.length; i++) {
                dims[i] = random.nextInt(2, 9);
            }
            var epsilon = 1e-3f;
            var affine = random.nextBoolean();
            var axes = random.nextInt(1, dims.length);
            var outer = Shape.of(dims).slice(0, dims.length - axes).elements();
            Fuzz.check(group(groups, epsilon, affine, dims).conditioned(in -> condition(in[0], (int) dims[0] * groups, epsilon)), random);
            Fuzz.check(instance(epsilon, affine, dims).conditioned(in -> condition(in[0], (int) (dims[0] * dims[1]), epsilon)), random);
            Fuzz.check(layer(axes, epsilon, affine, dims).conditioned(in -> condition(in[0], (int) outer, epsilon)), random);
        });
    }

    @Test
    void staysExactWhereTheMeanIsLarge() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var base = step.normal(Shape.of(2, 3, 40, 50), 0, 1).toArray();
            for (var i = 0; i < base.length; i++) {
                base[i] = 1e5f + Math.round(base[i] * 128) / 128f;
            }
            var small = base.clone();
            for (var i = 0; i < base.length; i++) {
                small[i] = base[i] - 1e5f;
            }
            // Both are exact in f32, so only the offset differs: each result may lose one rounding of a mean of 1e5.
            var far = step.of(Shape.of(2, 3, 40, 50), base);
            var near = step.of(Shape.of(2, 3, 40, 50), small);
            var bound = 0x1p-24 * (1e5 + 64);
            close(near.instanceNorm().toArray(), far.instanceNorm().toArray(), bound);
            close(step.apply(new LayerNorm(2, 1e-5f, false), near).toArray(), step.apply(new LayerNorm(2, 1e-5f, false), far).toArray(),
                    bound);
        }
    }

    private static void close(float[] expected, float[] actual, double bound) {
        for (var i = 0; i < expected.length; i++) {
            assertTrue(Math.abs(expected[i] - actual[i]) <= bound, "%d: %s and %s".formatted(i, expected[i], actual[i]));
        }
    }

    @Test
    void rejectsWhatDoesNotFit() {
        refused(() -> GroupNorm.of(0), "groupNorm", "groups is 0");
        refused(() -> new LayerNorm(0, 1e-5f, true), "layerNorm", "0 axes");
        refused(() -> new InstanceNorm(-1, true), "instanceNorm", "-1.0");
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.zeros(Shape.of(2, 6, 3, 3));
            var six = step.zeros(Shape.of(6));
            var three = step.zeros(Shape.of(3));
            refused(() -> x.groupNorm(4, six, six), "groupNorm", "6 channels", "4 groups");
            refused(() -> x.groupNorm(2, six, three), "groupNorm", "beta is [3]", "[6]");
            refused(() -> step.zeros(Shape.of(2, 6)).groupNorm(6, six, six), "groupNorm", "one value");
            refused(() -> step.zeros(Shape.of(2, 6, 1, 1)).instanceNorm(), "instanceNorm", "one value");
            refused(() -> x.layerNorm(three, six), "layerNorm", "beta is [6]", "[3]");
            refused(() -> six.layerNorm(x, x), "layerNorm", "no 4 axes");
        }
    }
}
