package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class CrossEntropyTest {
    private static final OpCase.Source POSITIVE = (random, _) -> 0.25 + random.nextDouble();

    /** Sample by sample as the definition says it. */
    private static double[] oracle(CrossEntropy op, Shape shape, boolean ids, double[] x, double[] t, double[] w) {
        var c = (int) shape.dim(1);
        var s = (int) shape.slice(2, shape.rank()).elements();
        var rows = (int) shape.dim(0) * s;
        var logs = op.logProbabilities() ? x : SoftmaxTest.softmax(x, shape, 1, true);
        var losses = new double[rows];
        var divisor = 0.0;
        for (var r = 0; r < rows; r++) {
            if (ids && t[r] == op.ignore()) {
                continue;
            }
            divisor += ids && w != null ? w[(int) t[r]] : 1;
            for (var k = 0; k < c; k++) {
                var at = (r / s * c + k) * s + r % s;
                var target = (1 - op.smoothing()) * (ids ? t[r] == k ? 1 : 0 : t[at]) + op.smoothing() / c;
                losses[r] -= (w == null ? 1 : w[k]) * target * logs[at];
            }
        }
        var sum = 0.0;
        for (var loss : losses) {
            sum += loss;
        }
        return switch (op.reduction()) {
            case NONE -> losses;
            case MEAN -> new double[] {sum / divisor};
            case SUM -> new double[] {sum};
        };
    }

    private static OpCase of(CrossEntropy op, boolean ids, boolean weighted, long... dims) {
        var shape = Shape.of(dims);
        var c = shape.dim(1);
        var rows = shape.elements() / c;
        var name = "%s %s of %s%s".formatted(op, ids ? "ids" : "probabilities", shape, weighted ? " weighted" : "");
        var made = OpCase.of(name, op).input(dims);
        if (ids) {
            made.ids((int) c, Shape.of(dims[0]).concat(shape.slice(2, shape.rank())).toArray());
        } else {
            made.input(POSITIVE, dims);
        }
        if (weighted) {
            made.constant(POSITIVE, c);
        }
        // A row adds c products of a target and a logarithm, a sum adds the rows; logarithms reach twice the largest score.
        return made.terms(2 * c * (op.reduction() == Reduction.SUM ? rows : 1)).sparse()
                .oracle(in -> new double[][] {oracle(op, shape, ids, in[0], in[1], weighted ? in[2] : null)});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractForEveryOption() {
        return OpContract.tests(Stream.of(Reduction.values()).flatMap(r -> Stream.of(
                of(CrossEntropy.MEAN.reduction(r), true, false, 6, 10),
                of(CrossEntropy.MEAN.reduction(r), true, true, 4, 5, 3, 2),
                of(CrossEntropy.MEAN.reduction(r), false, false, 5, 7),
                of(CrossEntropy.MEAN.reduction(r), false, true, 3, 4, 5),
                of(CrossEntropy.MEAN.reduction(r).smoothing(0.1f), true, false, 9, 10),
                of(CrossEntropy.MEAN.reduction(r).smoothing(0.3f).ignore(2), true, true, 8, 4, 5),
                of(CrossEntropy.MEAN.reduction(r).smoothing(0.2f), false, true, 4, 20),
                of(CrossEntropy.MEAN.reduction(r).ignore(1), true, false, 12, 3),
                of(CrossEntropy.MEAN.reduction(r).logProbabilities(true).ignore(0), true, true, 9, 4),
                of(CrossEntropy.MEAN.reduction(r).logProbabilities(true), false, false, 2, 5, 6))).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract.tests(IntStream.rangeClosed(1, 35).boxed().flatMap(c -> Stream.of(
                of(CrossEntropy.MEAN.smoothing(c % 3 * 0.1f), c % 2 == 0, c % 5 == 0, 3, c),
                of(CrossEntropy.MEAN.smoothing(c % 3 * 0.1f), c % 2 == 0, c % 5 == 0, 2, 3, c))).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractInSeveralTasks() {
        return OpContract.tests(of(CrossEntropy.MEAN, true, true, 900, 10), of(CrossEntropy.MEAN, true, false, 2, 3, 50, 40));
    }

    @Tag("fuzz")
    @Test
    void findsRandomShapesRight() {
        Fuzz.run("crossEntropy", 6, random -> {
            var dims = random.longs(random.nextInt(2, 5), 1, 12).toArray();
            var op = CrossEntropy.MEAN.reduction(Reduction.values()[random.nextInt(3)]).smoothing(random.nextInt(3) * 0.1f);
            Fuzz.check(of(op, random.nextBoolean(), random.nextBoolean(), dims), random);
        });
    }

    @Test
    void theLossOfEqualScoresIsTheLogarithmOfTheClasses() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.zeros(Shape.of(4, 10)).track();
            var loss = x.crossEntropy(step.ofInts(Shape.of(4), 0, 3, 9, 3));
            assertEquals((float) Math.log(10), loss.item());
            step.backward(loss);
            assertEquals(-0.9f / 4, x.grad()[0], 1e-8f);
            assertEquals(0.1f / 4, x.grad()[1], 1e-8f);
        }
    }

    @Test
    void ignoredSamplesHaveNoGradientWhateverTheyHold() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.of(Shape.of(2, 2), Float.NaN, Float.POSITIVE_INFINITY, 1, 1).track();
            var loss = x.crossEntropy(step.ofInts(Shape.of(2), CrossEntropy.IGNORE, 1));
            assertEquals((float) Math.log(2), loss.item(), 1e-7f);
            step.backward(loss);
            assertArrayEquals(new float[] {0, 0, 0.5f, -0.5f}, x.grad());
        }
    }

    @Test
    void aMeanOfNothingIsNaN() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var ids = step.ofInts(Shape.of(2), 7, 7);
            assertTrue(Float.isNaN(step.zeros(Shape.of(2, 3)).crossEntropy(CrossEntropy.MEAN.ignore(7), ids).item()));
        }
    }

    @Test
    void refusesTargetsThatDoNotFit() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).crossEntropy(step.ofInts(Shape.of(2), 0, 3)), "target[1] is 3", "0 to 2");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).crossEntropy(step.ofInts(Shape.of(3), 0, 1, 2)), "I32 [3]", "class ids I32 [2]");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).crossEntropy(step.zeros(Shape.of(2))), "targets are [2]", "probabilities [2, 3]");
        Refusals.of(step -> step.zeros(Shape.of(3)).crossEntropy(step.zeros(Shape.of(3))), "[n, classes, ...]");
        Refusals.of(_ -> CrossEntropy.MEAN.smoothing(2), "smoothing is 2.0");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).track().crossEntropy(CrossEntropy.MEAN, step.ofInts(Shape.of(2), 0, 1),
                step.zeros(Shape.of(3)).track()), "class weights", "detach()");
    }
}
