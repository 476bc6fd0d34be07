package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.Tensor;
import fovea.bindings.FoveaNative;
import fovea.oracle.Broadcast;
import fovea.runtime.Layout;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.SplittableRandom;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class BinaryTest {
    /** An op, what it computes, and numbers at which it is smooth: all, away from 0, or positive. */
    private record Subject(Op op, DoubleBinaryOperator f, boolean exact, OpCase.Source a, OpCase.Source b) {
    }

    private static final OpCase.Source ANY = (random, integers) -> integers ? random.nextInt(-4, 5) : random.nextGaussian();
    private static final OpCase.Source POSITIVE = (random, _) -> 0.5 + random.nextDouble();
    /** Halves on one side, quarters on the other: never equal, never nearer than the steps of the gradient check. */
    private static final OpCase.Source HALVES = (random, _) -> random.nextInt(-6, 7) / 2.0;
    private static final OpCase.Source QUARTERS = (random, _) -> random.nextInt(-6, 7) / 2.0 + 0.25;
    private static final OpCase.Source SMALL = (random, _) -> random.nextInt(-1, 2);

    private static final Subject[] SUBJECTS = {new Subject(Add.ADD, Double::sum, true, ANY, ANY),
            new Subject(Binary.SUBTRACT, (a, b) -> a - b, true, ANY, ANY), new Subject(Binary.MULTIPLY, (a, b) -> a * b, true, ANY, ANY),
            new Subject(Binary.DIVIDE, (a, b) -> a / b, false, ANY, POSITIVE),
            new Subject(Binary.POWER, Math::pow, false, POSITIVE, ANY), new Subject(Binary.MAXIMUM, Math::max, true, HALVES, QUARTERS),
            new Subject(Binary.MINIMUM, Math::min, true, HALVES, QUARTERS),
            new Subject(Binary.PRELU, (a, b) -> a > 0 ? a : a * b, true, QUARTERS, ANY),
            new Subject(Binary.GREATER, (a, b) -> a > b ? 1 : 0, true, SMALL, SMALL),
            new Subject(Binary.GREATER_EQUAL, (a, b) -> a >= b ? 1 : 0, true, SMALL, SMALL),
            new Subject(Binary.EQUAL, (a, b) -> a == b ? 1 : 0, true, SMALL, SMALL),
            new Subject(Binary.NOT_EQUAL, (a, b) -> a != b ? 1 : 0, true, SMALL, SMALL)};

    private static OpCase of(Subject s, Shape a, Shape b) {
        var y = Broadcast.shape(a, b);
        var c = OpCase.of("%s of %s and %s".formatted(s.op, a, b), s.op);
        if (s.op.differentiable()) {
            c.input(s.a, a.toArray()).input(s.b, b.toArray());
        } else {
            c.constant(s.a, a.toArray()).constant(s.b, b.toArray());
        }
        // A gradient adds as many products as the operand was stretched; those of quotients and powers are up to 8 times as large.
        return (s.exact ? c.exact() : c.gradientScale(8)).sparse().oracle(in -> {
            var result = new double[(int) y.elements()];
            for (var i = 0; i < result.length; i++) {
                result[i] = s.f.applyAsDouble(Broadcast.at(in[0], a, y, i), Broadcast.at(in[1], b, y, i));
            }
            return new double[][] {result};
        });
    }

    private static final Shape[][] PAIRS = {{Shape.of(3, 5), Shape.of(3, 5)}, {Shape.of(2, 17, 3, 5), Shape.of(17, 1, 1)},
            {Shape.of(2, 17, 3, 5), Shape.of(2, 17, 1, 1)}, {Shape.of(18, 3, 2, 4), Shape.of(18, 1, 1, 1)},
            {Shape.of(2, 6, 3, 5), Shape.of(2, 1, 3, 5)}, {Shape.of(2, 6, 3, 5), Shape.of(6, 3, 5)}, {Shape.of(2, 6, 3, 5), Shape.of(5)},
            {Shape.of(2, 6, 3, 5), Shape.of(3, 1)}, {Shape.of(2, 6, 3, 5), Shape.scalar()}, {Shape.of(3, 1), Shape.of(1, 4)},
            {Shape.of(2, 1, 3), Shape.of(4, 1)}, {Shape.of(7), Shape.of(2, 7)}, {Shape.of(1, 16, 2, 2), Shape.of(3, 16, 2, 2)}};

    @TestFactory
    Stream<DynamicTest> keepsTheContractForEveryFunction() {
        return OpContract.tests(Stream.of(SUBJECTS).flatMap(s -> Stream.of(of(s, Shape.of(2, 17, 3, 5), Shape.of(2, 17, 3, 5)),
                of(s, Shape.of(2, 17, 3, 5), Shape.of(17, 1, 1)), of(s, Shape.of(4, 1), Shape.of(2, 3, 1, 5)))).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractForEveryAlignment() {
        return OpContract.tests(Stream.of(PAIRS).flatMap(p -> Stream.of(of(SUBJECTS[0], p[0], p[1]), of(SUBJECTS[1], p[1], p[0]),
                of(SUBJECTS[2], p[0], p[1]), of(SUBJECTS[3], p[1], p[0]))).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract.tests(IntStream.rangeClosed(1, 35).boxed().flatMap(n -> Stream.of(
                of(SUBJECTS[n % 8], Shape.of(3, n), Shape.of(3, 1)), of(SUBJECTS[(n + 3) % 8], Shape.of(n), Shape.of(2, n))))
                .toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractInSeveralTasks() {
        return OpContract.tests(of(SUBJECTS[0], Shape.of(3, 20, 30, 20), Shape.of(20, 1, 1)),
                of(SUBJECTS[2], Shape.of(2, 40000), Shape.of(2, 1)), of(SUBJECTS[2], Shape.of(40000, 2), Shape.of(2)),
                of(SUBJECTS[1], Shape.of(70000), Shape.scalar()));
    }

    private static Shape part(SplittableRandom random, long[] dims) {
        var lead = random.nextInt(dims.length);
        var own = new long[dims.length - lead];
        for (var d = 0; d < own.length; d++) {
            own[d] = random.nextInt(3) == 0 ? 1 : dims[lead + d];
        }
        return Shape.of(own);
    }

    @Tag("fuzz")
    @Test
    void randomShapesKeepTheContract() {
        Fuzz.run("binary", 40, random -> {
            var dims = random.ints(1 + random.nextInt(5), 1, random.nextBoolean() ? 5 : 20).asLongStream().toArray();
            if (Shape.of(dims).elements() < 4000) {
                var a = random.nextBoolean() ? Shape.of(dims) : part(random, dims);
                var b = part(random, dims);
                var s = SUBJECTS[random.nextInt(SUBJECTS.length)];
                OpContract.sample(random.nextBoolean() ? of(s, a, b) : of(s, b, a), random);
            }
        });
    }

    @Test
    void keepsABlockedLayoutBesideASmallOperand() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            for (var layout : new Layout[] {Layout.C16, Layout.N16}) {
                var x = step.apply(new Reorder(layout.name()), step.zeros(Shape.of(17, 18, 2, 2)));
                assertEquals(layout, Sessions.layout(x.add(step.zeros(Shape.of(18, 1, 1)))));
                assertEquals(layout, Sessions.layout(step.zeros(Shape.of(17, 1, 1, 1)).mul(x)));
            }
        }
    }

    @Test
    void specialValuesFollowTheStandard() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var inf = Float.POSITIVE_INFINITY;
            var nan = Float.NaN;
            var a = step.of(Shape.of(8), nan, 1, inf, -8, 0, -2, 1, -0f);
            var b = step.of(Shape.of(8), 1, nan, -1, 1 / 3f, 0, 3, inf, -3);
            assertArrayEquals(new float[] {nan, 1, 0, nan, 1, -8, 1, -inf}, a.pow(b).toArray());
            assertArrayEquals(new float[] {nan, nan, inf, 1 / 3f, 0, 3, inf, -0f}, a.maximum(b).toArray());
            assertArrayEquals(new float[] {nan, nan, -1, -8, 0, -2, 1, -3}, a.minimum(b).toArray());
            assertArrayEquals(new float[] {nan, nan, -inf, -24, nan, -2 / 3f, 0, 0}, a.div(b).toArray());
            assertArrayEquals(new float[] {0, 0, 0, 1, 0, 1, 1, 0}, a.less(b).toArray());
            assertArrayEquals(new float[] {1, 1, 1, 1, 0, 1, 1, 1}, a.notEqual(b).toArray());
            assertArrayEquals(new float[] {0, 0, 0, 1, 1, 1, 1, 0}, a.lessEqual(b).toArray());
        }
    }

    @Test
    void equalElementsOfAMaximumShareTheGradient() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var a = step.of(Shape.of(3), 1, 2, 3).track();
            var b = step.of(Shape.of(3), 1, 3, 2).track();
            step.backward(a.maximum(b), Gradients.REPLACE, 2, 2, 2);
            assertArrayEquals(new float[] {1, 0, 2}, a.grad());
            assertArrayEquals(new float[] {1, 2, 0}, b.grad());
        }
    }

    @Test
    void aParameterMayBeBothOperands() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var w = session.parameter("w", Shape.of(2));
            w.copyFrom(3, -5);
            step.backward(w.mul((Tensor) w), Gradients.REPLACE, 1, 1);
            assertArrayEquals(new float[] {6, -10}, w.grad());
        }
    }

    @Test
    void functionsHaveTheirNativeNumbers() throws ReflectiveOperationException {
        for (var function : Binary.Function.values()) {
            assertEquals(function.ordinal() + 1, FoveaNative.class.getMethod("FOV_BINARY_" + function.name()).invoke(null));
        }
        assertEquals(Binary.Function.values().length + 1, FoveaNative.FOV_BINARY_COUNT());
    }

    @Test
    void refusesShapesThatDoNotFit() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).mul(step.zeros(Shape.of(2, 4))), "multiply", "[2, 3]", "[2, 4]", "axis -1");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).add(step.input(Shape.of(3), ElementType.I32)), "add", "b is I32");
    }
}
