package fovea.nn;

import fovea.Shape;
import java.util.Arrays;

/**
 * How a parameter begins. The numbers depend on the model's seed and the parameter's path alone: not on threads, not on the order of
 * building, not on other layers.
 *
 * <pre>{@code
 * conv2d(64, 3).init(Init.kaimingNormal().fan(Fan.OUT))
 * dense(10).init(Init.truncatedNormal(0.02f)).biasInit(Init.constant(0))
 * }</pre>
 */
public sealed interface Init {
    /** Which fan a variance is divided by. */
    enum Fan {
        IN, OUT, AVERAGE
    }

    /** The shape of a distribution. */
    enum Form {
        NORMAL, UNIFORM, TRUNCATED_NORMAL
    }

    /** Every element the same. */
    record Constant(float value) implements Init {
    }

    /** Gaussian. */
    record Normal(float mean, float deviation) implements Init {
    }

    /** Uniform in [low, high). */
    record Uniform(float low, float high) implements Init {
        public Uniform {
            if (!(low <= high)) {
                throw new IllegalArgumentException("uniform init: low %s is above high %s".formatted(low, high));
            }
        }
    }

    /** Gaussian without the tails below {@code low} and above {@code high}. */
    record TruncatedNormal(float mean, float deviation, float low, float high) implements Init {
        public TruncatedNormal {
            if (!(deviation > 0) || !(low <= mean && mean <= high && high - low >= deviation)) {
                throw new IllegalArgumentException(
                        ("truncated normal init: mean %s, deviation %s, limits %s to %s; the limits must hold the"
                                + " mean and lie at least a deviation apart").formatted(mean, deviation, low, high));
            }
        }
    }

    /** Variance {@code gain^2 / fan}: Kaiming, Xavier and LeCun differ in gain and fan only. */
    record Scaled(float gain, Fan fan, Form form) implements Init {
        public Scaled gain(float factor) {
            return new Scaled(factor, fan, form);
        }

        public Scaled fan(Fan which) {
            return new Scaled(gain, which, form);
        }

        double deviation(Fans fans) {
            var n = switch (fan) {
                case IN -> fans.in();
                case OUT -> fans.out();
                case AVERAGE -> (fans.in() + fans.out()) / 2.0;
            };
            return gain / Math.sqrt(n);
        }
    }

    /** Rows (or columns, where there are more rows) orthonormal, times the gain; what lies behind the first axis is flattened. */
    record Orthogonal(float gain) implements Init {
    }

    /** These elements, row-major. */
    record Explicit(float[] elements) implements Init {
        public Explicit {
            elements = elements.clone();
        }

        @Override
        public float[] elements() {
            return elements.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Explicit e && Arrays.equals(elements, e.elements);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(elements);
        }

        @Override
        public String toString() {
            return "Explicit[" + elements.length + " elements]";
        }
    }

    static Init constant(float value) {
        return new Constant(value);
    }

    static Init normal(float deviation) {
        return new Normal(0, deviation);
    }

    static Init uniform(float low, float high) {
        return new Uniform(low, high);
    }

    /** Cut at two deviations. */
    static Init truncatedNormal(float deviation) {
        return new TruncatedNormal(0, deviation, -2 * deviation, 2 * deviation);
    }

    /** He et al. 2015: keeps the variance of activations behind ReLU. */
    static Scaled kaimingNormal() {
        return new Scaled((float) Math.sqrt(2), Fan.IN, Form.NORMAL);
    }

    static Scaled kaimingUniform() {
        return new Scaled((float) Math.sqrt(2), Fan.IN, Form.UNIFORM);
    }

    /** Glorot and Bengio 2010: for tanh and sigmoid. */
    static Scaled xavierNormal() {
        return new Scaled(1, Fan.AVERAGE, Form.NORMAL);
    }

    static Scaled xavierUniform() {
        return new Scaled(1, Fan.AVERAGE, Form.UNIFORM);
    }

    /** LeCun et al. 1998: deviation {@code 1 / sqrt(inputs)}. */
    static Scaled lecunNormal() {
        return new Scaled(1, Fan.IN, Form.NORMAL);
    }

    static Scaled lecunUniform() {
        return new Scaled(1, Fan.IN, Form.UNIFORM);
    }

    /** Uniform in {@code ±1 / sqrt(inputs)}: what PyTorch gives the weights and biases of convolutions and dense layers. */
    static Scaled torchUniform() {
        return new Scaled((float) Math.sqrt(1.0 / 3), Fan.IN, Form.UNIFORM);
    }

    static Init orthogonal(float gain) {
        return new Orthogonal(gain);
    }

    static Init of(float... elements) {
        return new Explicit(elements);
    }

    /** The gain that keeps the variance of what comes behind the named function ("linear", "tanh", "relu", "leaky_relu", "selu"). */
    static float gain(String function, float slope) {
        return switch (function) {
            case "linear", "conv", "sigmoid" -> 1;
            case "tanh" -> 5f / 3;
            case "relu" -> (float) Math.sqrt(2);
            case "leaky_relu" -> (float) Math.sqrt(2 / (1 + slope * slope));
            case "selu" -> 0.75f;
            default -> throw new IllegalArgumentException(
                    "no gain is known for '%s'; there are linear, conv, sigmoid, tanh, relu, leaky_relu, selu".formatted(function));
        };
    }

    /** Refuses a parameter that cannot be filled. */
    default void check(String path, Shape shape) {
        if (this instanceof Explicit e && e.elements.length != shape.elements()) {
            throw new IllegalArgumentException("%s%s has %d elements, its explicit init has %d".formatted(
                    path, shape, shape.elements(), e.elements.length));
        }
        if (this instanceof Orthogonal && shape.rank() < 2) {
            throw new IllegalArgumentException("%s%s is no matrix; orthogonal init needs two or more dimensions".formatted(path, shape));
        }
    }
}
