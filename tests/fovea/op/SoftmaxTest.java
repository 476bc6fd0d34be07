package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SoftmaxTest {
    static double[] softmax(double[] x, Shape shape, int axis, boolean logarithm) {
        var c = (int) shape.dim(axis);
        var s = (int) shape.slice(axis + 1, shape.rank()).elements();
        var y = new double[x.length];
        for (var i = 0; i < x.length; i++) {
            var first = i / (c * s) * c * s + i % s;
            var largest = Double.NEGATIVE_INFINITY;
            for (var k = 0; k < c; k++) {
                largest = Math.max(largest, x[first + k * s]);
            }
            var sum = 0.0;
            for (var k = 0; k < c; k++) {
                sum += Math.exp(x[first + k * s] - largest);
            }
            y[i] = logarithm ? x[i] - largest - Math.log(sum) : Math.exp(x[i] - largest) / sum;
        }
        return y;
    }

    static OpCase of(int axis, boolean logarithm, long... dims) {
        var shape = Shape.of(dims);
        var op = new Softmax(axis, logarithm);
        // oneDNN's own tests (benchdnn, f32) allow 10 epsilons of 2^-23, twice ours, five times as many for the logarithm.
        return OpCase.of(op + " " + shape, op).input(dims).terms(Math.min(shape.dim(axis), 32)).ulpsOfOneDnn(logarithm ? 100 : 20)
                .oracle(in -> new double[][] {softmax(in[0], shape, shape.axis(axis), logarithm)});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAlongEveryAxis() {
        return OpContract.tests(IntStream.range(-4, 4).mapToObj(axis -> of(axis, axis % 2 == 0, 2, 17, 3, 5)).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract.tests(IntStream.rangeClosed(1, 35).boxed()
                .flatMap(c -> Stream.of(of(1, c % 2 == 0, 5, c), of(0, c % 2 == 1, 3, c))).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractInSeveralTasks() {
        return OpContract.tests(of(1, false, 700, 11), of(1, true, 2, 3, 50, 40));
    }

    @Tag("fuzz")
    @Test
    void findsRandomShapesRight() {
        Fuzz.run("softmax", 6, random -> {
            var dims = random.longs(random.nextInt(1, 5), 1, 14).toArray();
            Fuzz.check(of(random.nextInt(dims.length), random.nextBoolean(), dims).sparse(), random);  // of one score nothing is left
        });
    }

    @Test
    void largeScoresDoNotOverflow() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.of(Shape.of(2, 3), 1e30f, 1e30f, -1e30f, -1000, -1001, Float.NEGATIVE_INFINITY);
            assertArrayEquals(new float[] {0.5f, 0.5f, 0, 0.7310586f, 0.26894143f, 0}, x.softmax(1).toArray(), 1e-6f);
            assertEquals(Float.NEGATIVE_INFINITY, x.logSoftmax(1).toArray()[5]);
        }
    }

    @Test
    void aNaNSpoilsItsRowAndNoOther() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = new float[40];
            Arrays.fill(x, 1);
            x[7] = Float.NaN;
            var y = step.of(Shape.of(2, 20), x).softmax(1).toArray();
            for (var i = 0; i < 40; i++) {
                assertEquals(i < 20 ? Float.NaN : 0.05f, y[i], 1e-7f);
            }
        }
    }

    @Test
    void refusesAnAxisThatDoesNotExist() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).softmax(2), "softmax", "axis 2", "[2, 3]");
        Refusals.of(step -> step.input(Shape.of(2, 3), ElementType.I32).logSoftmax(1), "logSoftmax", "I32");
    }
}
