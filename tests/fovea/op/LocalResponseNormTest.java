package fovea.op;

import static fovea.op.MaxPoolTest.eachTierAndLayout;
import static fovea.op.MaxPoolTest.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LocalResponseNormTest {
    static OpCase across(int size, float alpha, float beta, float k, long... dims) {
        var op = new LocalResponseNorm(size, alpha, beta, k);
        var c = (int) dims[1];
        // The power is made of a logarithm and an exponential, 3 ulp each, or of two roots.
        return OpCase.of(op + " of " + Shape.of(dims), op).input(dims).terms(size).ulps(16).oracle(in -> {
            var x = in[0];
            var plane = x.length / c / (int) dims[0];
            var y = new double[x.length];
            for (var i = 0; i < x.length; i++) {
                var channel = i / plane % c;
                var sum = 0.0;
                for (var j = Math.max(0, channel - size / 2); j < Math.min(c, channel - size / 2 + size); j++) {
                    sum += x[i + (j - channel) * plane] * x[i + (j - channel) * plane];
                }
                y[i] = x[i] / Math.pow(k + (double) alpha / size * sum, beta);
            }
            return new double[][] {y};
        });
    }

    private static OpCase within(int size, float alpha, float beta, float k, long... dims) {
        var op = new LocalResponseNormWithin(size, alpha, beta, k);
        var shape = Shape.of(dims);
        var taps = Math.pow(size, dims.length - 2);
        return OpCase.of(op + " of " + shape, op).input(dims).terms(taps).ulps(16).oracle(in -> {
            var sums = Pools.map(in[0], shape, Pools.sliding(shape, op.window(shape)), (x, plane, reads) -> {
                var sum = 0.0;
                for (var p : reads.positions()) {
                    sum += x[plane + p] * x[plane + p];
                }
                return sum;
            });
            var y = new double[sums.length];
            for (var i = 0; i < y.length; i++) {
                y[i] = in[0][i] / Math.pow(k + alpha / taps * sums[i], beta);
            }
            return new double[][] {y};
        });
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(across(5, 1e-4f, 0.75f, 2, 2, 7, 3, 4), across(3, 0.5f, 0.75f, 1, 2, 6, 3, 3),
                across(5, 1, 0.5f, 1, 1, 7, 3, 4), across(5, 2, 0.75f, 1, 17, 40, 5, 3), across(4, 1, 1.25f, 1, 2, 18, 20),
                across(1, 1, 0.75f, 1, 2, 3, 9), across(35, 1, 0.75f, 2, 2, 20, 4, 4), across(5, 1, 0.75f, 1, 3, 33),
                across(5, 1, 0.75f, 1, 2, 96, 15, 17), across(3, 1, 0.75f, 1, 1, 5, 2, 3, 4));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractWithinChannels() {
        return OpContract.tests(within(3, 1, 0.75f, 1, 2, 3, 6, 7), within(5, 0.5f, 0.75f, 2, 2, 17, 9, 5), within(3, 1, 0.5f, 1, 3, 2, 20),
                within(2, 1, 0.75f, 1, 2, 3, 6, 7), within(3, 1, 0.75f, 1, 1, 2, 3, 4, 5), within(7, 1, 0.75f, 1, 2, 2, 3, 4));
    }

    @Tag("fuzz")
    @Test
    void findsRandomWindowsRight() {
        Fuzz.run("localResponseNorm", 8, random -> Fuzz.check(across(random.nextInt(1, 9), random.nextFloat(), 0.75f, 1,
                random.nextInt(1, 20), random.nextInt(1, 40), random.nextInt(1, 9), random.nextInt(1, 9)), random));
        Fuzz.run("within channels", 4, random -> {
            var axes = random.nextInt(1, 4);
            var dims = new long[axes + 2];
            for (var i = 0; i < dims.length; i++) {
                dims[i] = random.nextInt(1, i < 2 ? 19 : axes == 3 ? 5 : 9);
            }
            Fuzz.check(within(random.nextInt(1, 6), random.nextFloat(), random.nextBoolean() ? 0.75f : 0.5f, 1, dims), random);
        });
    }

    @Test
    void givesZeroForWhatIsTooLargeToSquare() {
        eachTierAndLayout((session, layout) -> {
            try (var step = session.step(Mode.EVAL)) {
                var x = step.apply(new Reorder(layout.name()), step.of(Shape.of(1, 3, 1), 1e30f, 0, -1e30f));
                assertArrayEquals(new float[] {0, 0, -0f}, x.localResponseNorm(1, 1, 0.75f, 1).toArray());
            }
        });
    }

    @Test
    void rejectsWhatMakesNoSense() {
        refused(() -> new LocalResponseNorm(0, 1, 1, 1), "localResponseNorm", "size is 0");
        refused(() -> new LocalResponseNorm(3, Float.NaN, 1, 1), "localResponseNorm", "alpha is NaN");
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            refused(() -> step.zeros(Shape.of(4)).localResponseNorm(5, 1, 1, 1), "localResponseNorm", "[4]");
            refused(() -> step.apply(new LocalResponseNormWithin(3, 1, 1, 1), step.zeros(Shape.of(4, 3))), "localResponseNormWithin",
                    "[4, 3]");
        }
    }
}
