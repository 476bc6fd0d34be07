package fovea.op;

import java.util.List;
import java.util.Locale;

/**
 * A function of two tensors, element by element; addition has an op of its own, {@link Add}. Shapes are aligned at their last axes
 * and axes of extent 1 stretch, as in NumPy; a gradient is summed over the axes along which its tensor was stretched.
 *
 * <pre>{@code
 * var centred = step.apply(Binary.SUBTRACT, images, mean);      // [64, 3, 32, 32] and [3, 1, 1]
 * }</pre>
 */
public record Binary(Function function) implements Op {
    /** What is computed. */
    public enum Function {
        SUBTRACT, MULTIPLY, DIVIDE,
        /** {@code a^b}; NaN where a is negative and b no integer. */
        POWER,
        /** The larger one, NaN where either is; equal elements share the gradient. */
        MAXIMUM,
        /** The smaller one, NaN where either is; equal elements share the gradient. */
        MINIMUM,
        /** a where it is positive, else {@code a b}: a leaky ReLU with a learned slope. */
        PRELU,
        /** 1 where a > b, else 0; like all comparisons without a gradient. */
        GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL;

        /** For example {@code greaterEqual}. */
        @Override
        public String toString() {
            var words = name().toLowerCase(Locale.ROOT).split("_");
            return words.length == 1 ? words[0] : words[0] + Character.toUpperCase(words[1].charAt(0)) + words[1].substring(1);
        }
    }

    public static final Binary SUBTRACT = new Binary(Function.SUBTRACT);
    public static final Binary MULTIPLY = new Binary(Function.MULTIPLY);
    public static final Binary DIVIDE = new Binary(Function.DIVIDE);
    public static final Binary POWER = new Binary(Function.POWER);
    public static final Binary MAXIMUM = new Binary(Function.MAXIMUM);
    public static final Binary MINIMUM = new Binary(Function.MINIMUM);
    public static final Binary PRELU = new Binary(Function.PRELU);
    public static final Binary GREATER = new Binary(Function.GREATER);
    public static final Binary GREATER_EQUAL = new Binary(Function.GREATER_EQUAL);
    public static final Binary EQUAL = new Binary(Function.EQUAL);
    public static final Binary NOT_EQUAL = new Binary(Function.NOT_EQUAL);

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = function.toString();
        Checks.inputs(name, inputs, 2);
        var a = Checks.f32(name, "a", inputs.get(0));
        var b = Checks.f32(name, "b", inputs.get(1));
        return List.of(Spec.f32(Checks.broadcast(name, a, b)));
    }

    @Override
    public boolean differentiable() {
        return function.compareTo(Function.GREATER) < 0;
    }

    @Override
    public int savedForBackward() {
        return function == Function.SUBTRACT || !differentiable() ? 0 : INPUT << 0 | INPUT << 1;
    }
}
