package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.bindings.FoveaNative;
import fovea.oracle.Special;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class UnaryTest {
    /** An op, what it computes in double, and where its derivative jumps. */
    private record Subject(Unary op, DoubleUnaryOperator f, boolean exact, double low, double high, double... kinks) {
    }

    private static final double LARGE = Double.POSITIVE_INFINITY;

    private static Subject everywhere(Unary op, DoubleUnaryOperator f, double... kinks) {
        return new Subject(op, f, false, -LARGE, LARGE, kinks);
    }

    private static Subject exact(Unary op, DoubleUnaryOperator f, double... kinks) {
        return new Subject(op, f, true, -LARGE, LARGE, kinks);
    }

    private static Subject between(double low, double high, Unary op, DoubleUnaryOperator f) {
        return new Subject(op, f, false, low, high);
    }

    private static double limit(double x) {
        return Math.max(x, -1e30);
    }

    private static Stream<Subject> subjects() {
        return Stream.of(
                exact(Unary.ABS, Math::abs, 0),
                exact(Unary.affine(3, -2), x -> 3 * x - 2),
                exact(Unary.NEG, x -> -x),
                exact(Unary.clamp(-1.5f, 2), x -> Double.isNaN(x) ? x : Math.clamp(x, -1.5, 2), -1.5, 2),
                exact(Unary.clamp(0.5f, Float.POSITIVE_INFINITY), x -> Math.max(x, 0.5), 0.5),
                exact(Unary.divide(-4), x -> x / -4),
                everywhere(Unary.divide(3), x -> x / 3),
                everywhere(Unary.elu(1.25f, 1), x -> x > 0 ? x : 1.25 * Math.expm1(x), 0),
                everywhere(Unary.celu(1.25f), x -> x > 0 ? x : 1.25 * Math.expm1(x / 1.25), 0),
                everywhere(Unary.SELU, x -> (float) 1.0507009873554805 * (x > 0 ? x : (float) 1.6732632423543772 * Math.expm1(x)), 0),
                everywhere(Unary.ERF, Special::erf),
                everywhere(Unary.EXP, Math::exp),
                everywhere(Unary.GELU, x -> limit(x) * Special.normalCdf(x)),
                everywhere(Unary.GELU_TANH, x -> limit(x) * Special.sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
                everywhere(Unary.HARD_SIGMOID, x -> Double.isNaN(x) ? x : Math.clamp(x * (float) (1 / 6.0) + 0.5, 0, 1), -3, 3),
                exact(Unary.hardSigmoid(0.25f, 0.5f), x -> Double.isNaN(x) ? x : Math.clamp(x * 0.25 + 0.5, 0, 1), -2, 2),
                everywhere(Unary.HARD_SWISH, x -> Double.isNaN(x) ? x : limit(x) * Math.clamp(x + 3, 0, 6) / 6, -3, 3),
                exact(Unary.leakyRelu(0.25f), x -> x > 0 ? x : 0.25 * x, 0),
                exact(Unary.leakyRelu(-0.5f), x -> x > 0 ? x : -0.5 * x, 0),
                between(0.05, LARGE, Unary.LOG, Math::log),
                everywhere(Unary.MISH, x -> limit(x) * Math.tanh(Special.softplus(x))),
                between(0.05, LARGE, Unary.power(1.7f), x -> Math.pow(x, 1.7f)),
                between(0.2, LARGE, Unary.power(-0.5f), x -> Math.pow(x, -0.5f)),
                everywhere(Unary.power(3), x -> x * x * x),
                between(0.2, LARGE, Unary.RECIPROCAL, x -> 1 / x),
                between(-LARGE, -0.2, Unary.reciprocal(2.5f), x -> 2.5 / x),
                everywhere(Unary.SIGMOID, Special::sigmoid),
                exact(Unary.SIGN, x -> Double.isNaN(x) ? x : Math.signum(x), 0),
                everywhere(Unary.SILU, x -> limit(x) * Special.sigmoid(x)),
                everywhere(Unary.SOFTPLUS, Special::softplus),
                everywhere(Unary.softplus(2.5f), x -> Special.softplus(2.5 * x) / 2.5),
                everywhere(Unary.SOFTSIGN, x -> Double.isInfinite(x) ? Math.signum(x) : x / (1 + Math.abs(x))),
                between(0.05, LARGE, Unary.SQRT, Math::sqrt),
                exact(Unary.SQUARE, x -> x * x),
                everywhere(Unary.TANH, Math::tanh),
                everywhere(Unary.SCALED_TANH, x -> 1.7159f * Math.tanh(2f / 3 * x)));
    }

    private static OpCase of(Subject s, long... dims) {
        var c = OpCase.of(s.op + " " + Arrays.toString(dims), s.op).input((random, integers) -> {
            while (true) {
                var x = integers ? random.nextInt(-4, 5) : random.nextGaussian() * 2;
                if (x > s.low && x < s.high && (integers || Arrays.stream(s.kinks).noneMatch(k -> Math.abs(x - k) < 1e-2))) {
                    return x;
                }
            }
        }, dims).oracle(in -> new double[][] {Arrays.stream(in[0]).map(s.f).toArray()});
        if (s.op.function() == Unary.Function.SIGN) {
            c.sparse();
        }
        // The derivatives of x^-0.5 and 1 / x reach 5^3 = 125 within the cases' inputs.
        return (s.exact ? c.exact() : c).gradientScale(s.low == 0.2 || s.high == -0.2 ? 125 : s.low == 0.05 ? 20 : 1);
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(subjects().flatMap(s -> Stream.of(of(s, 3, 5), of(s, 2, 17, 3, 3))).toArray(OpCase[]::new));
    }

    @Tag("fuzz")
    @Test
    void findsRandomShapesRight() {
        var subjects = subjects().toList();
        Fuzz.run("unary", 6, random -> Fuzz.check(of(subjects.get(random.nextInt(subjects.size())),
                random.longs(random.nextInt(1, 5), 1, 14).toArray()), random));
    }

    /** More than one task: the second one begins inside an image. */
    @TestFactory
    Stream<DynamicTest> keepsTheContractInSeveralTasks() {
        return OpContract
                .tests(subjects().filter(s -> s.op.function().ordinal() % 5 == 1).map(s -> of(s, 3, 17, 500)).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        var subjects = subjects().toList();
        return OpContract.tests(IntStream.rangeClosed(1, 70).mapToObj(n -> of(subjects.get(n % subjects.size()), n))
                .toArray(OpCase[]::new));
    }

    /** NaN, infinities, zeros, denormals and what overflows: 4 ulp, or the error that a sum with x, or a product of x with the least float, has. */
    @Test
    void treatsSpecialValuesLikeMathematics() {
        var x = new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE,
                1e-40f,
                -1e-40f, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, 1e-6f, -1e-6f, 1, -1, 17, -17, 88.7f, -88.7f, 90, -104, 1e10f,
                -1e10f};
        for (var isa : Tiers.available()) {
            try (var session = Session.open(Session.options().isa(isa)); var step = session.step(Mode.EVAL)) {
                subjects().forEach(s -> {
                    var y = step.apply(s.op, step.of(Shape.of(x.length), x)).toArray();
                    for (var i = 0; i < x.length; i++) {
                        var exact = s.f.applyAsDouble(x[i]);
                        var bound = 4 * Math.ulp((float) exact)
                                + Math.abs(x[i]) * (Math.abs(x[i]) < 20 ? 0x1p-23 : Math.abs(x[i]) < 200 ? Float.MIN_VALUE : 0);
                        if (Float.compare(y[i], (float) exact) != 0 && y[i] != (float) exact && !(Math.abs(y[i] - exact) <= bound)) {
                            fail("%s of %s on %s is %s, not %s".formatted(s.op, x[i], isa, y[i], exact));
                        }
                    }
                });
            }
        }
    }

    @Test
    void gradientsStayFiniteWhereTheFunctionIsFlat() {
        var x = new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e20f, -1e20f, 100, -100, 0};
        try (var session = Session.open()) {
            for (var op : new Unary[] {Unary.GELU, Unary.GELU_TANH, Unary.SILU, Unary.MISH, Unary.SIGMOID, Unary.TANH, Unary.SOFTPLUS,
                    Unary.SOFTSIGN, Unary.HARD_SWISH, Unary.ERF, Unary.SELU}) {
                try (var step = session.step(Mode.TRAIN)) {
                    var in = step.of(Shape.of(x.length), x).track();
                    step.backward(step.apply(op, in), fovea.Gradients.REPLACE, 1, 1, 1, 1, 1, 1, 1);
                    for (var g : in.grad()) {
                        assertTrue(Float.isFinite(g), () -> op + ": " + Arrays.toString(in.grad()));
                    }
                }
            }
        }
    }

    @Test
    void functionsHaveTheirNativeNumbers() throws ReflectiveOperationException {
        for (var function : Unary.Function.values()) {
            assertEquals(function.ordinal(), FoveaNative.class.getMethod("FOV_UNARY_" + function.name()).invoke(null), function.name());
        }
        assertEquals(Unary.Function.values().length, FoveaNative.FOV_UNARY_COUNT());
    }

    @Test
    void refusesConstantsWithoutAMeaning() {
        refuses("low is 2.0 and high is 1.0", () -> Unary.clamp(2, 1));
        refuses("celu: alpha is 0.0", () -> Unary.celu(0));
        refuses("elu: alpha is -1.0", () -> Unary.elu(-1, 1));
        refuses("beta is 0.0", () -> Unary.softplus(0));
        refuses("divisor is 0", () -> Unary.divide(0));
        refuses("leakyRelu: the constants are NaN", () -> Unary.leakyRelu(Float.NaN));
        refuses("tanh: the factor is 0", () -> Unary.tanh(0, 1));
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.input(Shape.of(3), ElementType.I32);
            refuses("hardSwish: x is I32", x::hardSwish);
        }
    }

    private static void refuses(String part, org.junit.jupiter.api.function.Executable call) {
        var e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
