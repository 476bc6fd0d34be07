package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.op.Reduce.Kind;
import fovea.oracle.Indexing;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import fovea.support.Tiers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ReduceTest {
    private static double reduce(Kind kind, double[] x) {
        var sum = Arrays.stream(x).sum();
        var mean = sum / x.length;
        var squares = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum();
        var largest = Arrays.stream(x).max().orElseThrow();
        var smallest = Arrays.stream(x).min().orElseThrow();
        return switch (kind) {
            case SUM -> sum;
            case MEAN -> mean;
            case VARIANCE -> squares / x.length;
            case SAMPLE_VARIANCE -> squares / (x.length - 1);
            case NORM -> Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
            case LOG_SUM_EXP -> largest + Math.log(Arrays.stream(x).map(v -> Math.exp(v - largest)).sum());
            case MAX -> largest;
            case MIN -> smallest;
            case ARG_MAX -> IntStream.range(0, x.length).filter(i -> x[i] == largest).findFirst().orElseThrow();
            case ARG_MIN -> IntStream.range(0, x.length).filter(i -> x[i] == smallest).findFirst().orElseThrow();
        };
    }

    private static double[] oracle(Reduce op, Shape shape, Shape y, double[] x) {
        var groups = new ArrayList<List<Double>>();
        IntStream.range(0, (int) y.elements()).forEach(_ -> groups.add(new ArrayList<>()));
        var mask = op.mask(shape);
        for (var i = 0; i < x.length; i++) {
            var index = Indexing.index(shape, i);
            var group = 0L;
            for (var d = 0; d < index.length; d++) {
                group = (mask >> d & 1) == 0 ? group * shape.dim(d) + index[d] : group;
            }
            groups.get((int) group).add(x[i]);
        }
        return groups.stream().mapToDouble(g -> reduce(op.kind(), g.stream().mapToDouble(v -> v).toArray())).toArray();
    }

    /** Few integers in the exact check, so that there are ties. */
    private static final OpCase.Source SHIFTED = (random, integers) -> integers ? random.nextInt(-4, 5) : random.nextGaussian() + 0.5;

    private static OpCase of(Reduce op, long... dims) {
        var shape = Shape.of(dims);
        var y = op.infer(List.of(Spec.f32(shape))).getFirst().shape();
        var n = (double) shape.elements() / y.elements();
        var c = OpCase.of(op + " " + shape, op);
        if (op.differentiable()) {
            c.input(SHIFTED, dims);
        } else {
            c.constant(SHIFTED, dims);
        }
        if (op.kind().compareTo(Kind.MAX) >= 0) {
            c.distinct();
        }
        if (op.kind() == Kind.SUM || op.kind().compareTo(Kind.MAX) >= 0) {
            c.exact();
        }
        // Squares of numbers up to 5 are 5 times as large as these.
        return c.terms(op.kind() == Kind.VARIANCE || op.kind() == Kind.SAMPLE_VARIANCE ? 5 * n : n).sparse()
                .oracle(in -> new double[][] {oracle(op, shape, y, in[0])});
    }

    private static Stream<OpCase> everyKind(long[] dims, int... axes) {
        return Stream.of(Kind.values()).map(kind -> of(Reduce.of(kind, axes), dims));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractForEveryKind() {
        var x = new long[] {3, 17, 2, 5};
        return OpContract.tests(Stream.of(everyKind(x), everyKind(x, 1), everyKind(x, -1), everyKind(x, 0, 2, 3), everyKind(x, 1, 3))
                .flatMap(s -> s).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractForEverySetOfAxes() {
        return OpContract.tests(IntStream.range(1, 16).mapToObj(mask -> of(
                Reduce.of(Kind.values()[mask % 8], IntStream.range(0, 4).filter(d -> (mask >> d & 1) != 0).toArray()), 2, 3, 4, 19))
                .toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract.tests(IntStream.rangeClosed(1, 70).boxed().flatMap(n -> Stream.of(
                of(Reduce.of(n % 2 == 0 ? Kind.SUM : Kind.MAX, 1), 3, n), of(Reduce.of(n % 2 == 0 ? Kind.ARG_MIN : Kind.MEAN, 0), 9, n)))
                .toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractInSeveralParts() {
        return OpContract.tests(of(Reduce.of(Kind.SUM), 70001), of(Reduce.of(Kind.MAX), 300, 301), of(Reduce.of(Kind.ARG_MIN), 70001),
                of(Reduce.of(Kind.MEAN, 0), 5000, 20), of(Reduce.of(Kind.MAX, 0), 5000, 20), of(Reduce.of(Kind.SUM, 0, 2), 40, 3, 900),
                of(Reduce.of(Kind.VARIANCE, 1), 2, 40000), of(Reduce.of(Kind.LOG_SUM_EXP, 0), 70, 1030));
    }

    @Tag("fuzz")
    @Test
    void randomShapesKeepTheContract() {
        Fuzz.run("reduce", 40, random -> {
            var dims = random.ints(1 + random.nextInt(5), 1, random.nextBoolean() ? 5 : 20).asLongStream().toArray();
            var axes = IntStream.range(0, dims.length).filter(_ -> random.nextBoolean()).toArray();
            var kind = Kind.values()[random.nextInt(Kind.values().length)];
            if (Shape.of(dims).elements() < 4000 && (kind != Kind.SAMPLE_VARIANCE || reduced(dims, axes) > 1)) {
                var op = Reduce.of(kind, axes);
                OpContract.sample(of(random.nextBoolean() ? op.keepingDims() : op, dims), random);
            }
        });
    }

    private static long reduced(long[] dims, int[] axes) {
        return axes.length == 0 ? Shape.of(dims).elements() : IntStream.of(axes).mapToLong(d -> dims[d]).reduce(1, (a, b) -> a * b);
    }

    @Test
    void keepsOrDropsReducedAxes() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.zeros(Shape.of(2, 3, 4));
            assertEquals(Shape.of(2, 4), x.sum(1).shape());
            assertEquals(Shape.of(2, 1, 4), x.reduce(Reduce.of(Kind.SUM, -2).keepingDims()).shape());
            assertEquals(Shape.scalar(), x.mean().shape());
            assertEquals(ElementType.I32, x.argMax(2).type());
        }
    }

    @Test
    void theFirstOfEqualsWinsAndANaNBeforeAll() {
        for (var isa : Tiers.available()) {
            try (var session = Session.open(Session.options().isa(isa)); var step = session.step(Mode.TRAIN)) {
                var n = 50;
                var x = new float[3 * n];
                new SplittableRandom(1).ints(3 * n, 0, 3).forEach(new java.util.function.IntConsumer() {
                    private int at;

                    @Override
                    public void accept(int v) {
                        x[at++] = v;
                    }
                });
                Arrays.fill(x, n, 2 * n, Float.NEGATIVE_INFINITY);
                x[2 * n + 37] = Float.NaN;
                x[2 * n + 41] = Float.NaN;
                var t = step.of(Shape.of(3, n), x).track();
                var first = IntStream.range(0, n).filter(i -> x[i] == 2).findFirst().orElseThrow();
                assertArrayEquals(new int[] {first, 0, 37}, t.argMax(1).toIntArray(), isa);
                assertArrayEquals(new int[] {first, 0, 37}, t.reshape(3, n, 1).permute(1, 0, 2).argMax(0).toIntArray(), isa);
                var y = t.max(1);
                assertArrayEquals(new float[] {2, Float.NEGATIVE_INFINITY, Float.NaN}, y.toArray(), isa);
                step.backward(y, Gradients.REPLACE, 5, 6, 7);
                assertEquals(5, t.grad()[first]);
                assertEquals(6, t.grad()[n]);
                assertEquals(7, t.grad()[2 * n + 37]);
                assertEquals(18, IntStream.range(0, 3 * n).mapToDouble(i -> t.grad()[i]).sum());
            }
        }
    }

    @Test
    void largeNumbersDoNotOverflow() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.of(Shape.of(2, 2), 1000, 1000, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY);
            assertArrayEquals(new float[] {1000.6931f, Float.NEGATIVE_INFINITY}, x.logSumExp(1).toArray(), 1e-4f);
            assertEquals(0, step.of(Shape.of(3), 1e8f, 1e8f, 1e8f).variance().item());
        }
    }

    @Test
    void theGradientOfANormIsZeroAtZero() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.zeros(Shape.of(3)).track();
            step.backward(x.norm());
            assertArrayEquals(new float[] {0, 0, 0}, x.grad());
        }
    }

    @Test
    void refusesAxesThatDoNotExistOrRepeat() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).sum(2), "sum", "axis 2", "[2, 3]");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).max(1, -1), "max", "named twice");
        Refusals.of(step -> step.zeros(Shape.of(2, 1)).reduce(Reduce.of(Kind.SAMPLE_VARIANCE, 1)), "sampleVariance", "two or more");
        Refusals.of(step -> step.input(Shape.of(2), ElementType.I32).mean(), "mean", "I32");
    }
}
