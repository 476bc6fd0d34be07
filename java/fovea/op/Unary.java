package fovea.op;

import java.util.List;
import java.util.Locale;

/**
 * A function of every element, with up to two constants: activations and elementary functions, in any layout.
 *
 * <pre>{@code
 * step.apply(Unary.GELU, x);
 * step.apply(Unary.leakyRelu(0.1f), x);
 * }</pre>
 */
public record Unary(Function function, float a, float b) implements Op {
    /** What is computed, and which tensor the derivative is written in. */
    public enum Function {
        ABS(INPUT),
        /** {@code a x + b}. */
        AFFINE(0),
        /** x, but at least a and at most b. */
        CLAMP(INPUT),
        /** {@code x / a}. */
        DIVIDE(0),
        /** {@code b x} where x is above 0, else {@code b a (e^x - 1)}. */
        ELU(OUTPUT), ERF(INPUT), EXP(OUTPUT),
        /** {@code x P(X <= x)} for a normally distributed X. */
        GELU(INPUT),
        /** {@code x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}. */
        GELU_TANH(INPUT),
        /** {@code a x + b}, but at least 0 and at most 1. */
        HARD_SIGMOID(OUTPUT),
        /** {@code x min(max(x + 3, 0), 6) / 6}. */
        HARD_SWISH(INPUT),
        /** {@code a x} where x is below 0, else x. */
        LEAKY_RELU(INPUT), LOG(INPUT),
        /** {@code x tanh(log(1 + e^x))}. */
        MISH(INPUT),
        /** {@code x^a}. */
        POWER(INPUT),
        /** {@code a / x}. */
        RECIPROCAL(INPUT), SIGMOID(OUTPUT),
        /** 1, 0 or -1, with the gradient 0. */
        SIGN(0),
        /** {@code x sigmoid(x)}. */
        SILU(INPUT),
        /** {@code log(1 + e^(a x)) / a}. */
        SOFTPLUS(OUTPUT),
        /** {@code x / (1 + |x|)}. */
        SOFTSIGN(OUTPUT), SQRT(OUTPUT), SQUARE(INPUT),
        /** {@code a tanh(b x)}. */
        TANH(OUTPUT),
        /** x where it is above 0, else {@code a (e^(x / a) - 1)}. */
        CELU(OUTPUT);

        private final int saves;

        Function(int saves) {
            this.saves = saves;
        }

        /** For example {@code hardSigmoid}. */
        @Override
        public String toString() {
            var words = name().toLowerCase(Locale.ROOT).split("_");
            return words.length == 1 ? words[0] : words[0] + Character.toUpperCase(words[1].charAt(0)) + words[1].substring(1);
        }
    }

    public static final Unary ABS = of(Function.ABS);
    public static final Unary ERF = of(Function.ERF);
    public static final Unary EXP = of(Function.EXP);
    public static final Unary GELU = of(Function.GELU);
    public static final Unary GELU_TANH = of(Function.GELU_TANH);
    public static final Unary HARD_SIGMOID = hardSigmoid(1f / 6, 0.5f);
    public static final Unary HARD_SWISH = of(Function.HARD_SWISH);
    public static final Unary LOG = of(Function.LOG);
    public static final Unary MISH = of(Function.MISH);
    public static final Unary NEG = affine(-1, 0);
    public static final Unary RECIPROCAL = reciprocal(1);
    public static final Unary SELU = elu(1.6732632423543772f, 1.0507009873554805f);
    public static final Unary SIGMOID = of(Function.SIGMOID);
    public static final Unary SIGN = of(Function.SIGN);
    public static final Unary SILU = of(Function.SILU);
    public static final Unary SOFTPLUS = softplus(1);
    public static final Unary SOFTSIGN = of(Function.SOFTSIGN);
    public static final Unary SQRT = of(Function.SQRT);
    public static final Unary SQUARE = of(Function.SQUARE);
    public static final Unary TANH = tanh(1, 1);
    /** LeNet-5's squashing function: 1 at 1, -1 at -1, and steepest in between. */
    public static final Unary SCALED_TANH = tanh(1.7159f, 2f / 3);

    public Unary {
        Checks.require(Float.isFinite(a) && Float.isFinite(b) || function == Function.CLAMP,
                "%s: the constants are %s and %s; they must be finite", function, a, b);
        switch (function) {
            case CELU -> Checks.require(a > 0, "celu: alpha is %s; it must be above 0", a);
            case CLAMP -> Checks.require(a <= b, "clamp: low is %s and high is %s; low must not be above high", a, b);
            case DIVIDE -> Checks.require(a != 0, "divide: the divisor is 0");
            case ELU -> Checks.require(a >= 0 && b > 0, "elu: alpha is %s and scale is %s; give alpha >= 0 and scale > 0", a, b);
            case SOFTPLUS -> Checks.require(a > 0, "softplus: beta is %s; it must be above 0", a);
            case TANH -> Checks.require(a != 0, "tanh: the factor is 0");
            default -> {
            }
        }
    }

    private static Unary of(Function function) {
        return new Unary(function, 0, 0);
    }

    /** {@code factor x + summand}. */
    public static Unary affine(float factor, float summand) {
        return new Unary(Function.AFFINE, factor, summand);
    }

    /** x where it is above 0, else {@code alpha (e^(x / alpha) - 1)}: an {@link #elu} whose slope is continuous for any alpha. */
    public static Unary celu(float alpha) {
        return new Unary(Function.CELU, alpha, 0);
    }

    /** x, but at least low and at most high; either may be infinite. */
    public static Unary clamp(float low, float high) {
        return new Unary(Function.CLAMP, low, high);
    }

    /** {@code x / divisor}. */
    public static Unary divide(float divisor) {
        return new Unary(Function.DIVIDE, divisor, 0);
    }

    /** {@code scale x} where x is above 0, else {@code scale alpha (e^x - 1)}. */
    public static Unary elu(float alpha, float scale) {
        return new Unary(Function.ELU, alpha, scale);
    }

    /** {@code slope x + offset}, but at least 0 and at most 1. */
    public static Unary hardSigmoid(float slope, float offset) {
        return new Unary(Function.HARD_SIGMOID, slope, offset);
    }

    /** {@code slope x} where x is below 0, else x. */
    public static Unary leakyRelu(float slope) {
        return new Unary(Function.LEAKY_RELU, slope, 0);
    }

    /** {@code x^exponent}. */
    public static Unary power(float exponent) {
        return new Unary(Function.POWER, exponent, 0);
    }

    /** {@code numerator / x}. */
    public static Unary reciprocal(float numerator) {
        return new Unary(Function.RECIPROCAL, numerator, 0);
    }

    /** {@code log(1 + e^(beta x)) / beta}. */
    public static Unary softplus(float beta) {
        return new Unary(Function.SOFTPLUS, beta, 0);
    }

    /** {@code height tanh(steepness x)}. */
    public static Unary tanh(float height, float steepness) {
        return new Unary(Function.TANH, height, steepness);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs(function.toString(), inputs, 1);
        return List.of(Spec.f32(Checks.f32(function.toString(), "x", inputs.getFirst())));
    }

    /** A leaky relu that keeps the sign needs only y, which its reader keeps anyway. */
    @Override
    public int savedForBackward() {
        return function == Function.LEAKY_RELU && a >= 0 ? OUTPUT : function.saves;
    }

    /** For example {@code leakyRelu(0.1, 0.0)} or {@code gelu}. */
    @Override
    public String toString() {
        return a == 0 && b == 0 ? function.toString() : function + "(" + a + ", " + b + ")";
    }
}
