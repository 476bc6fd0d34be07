package fovea.op;

import java.util.List;

/**
 * {@code e^x} along an axis, divided by its sum: probabilities; or the logarithm of that, which is more accurate than two ops.
 *
 * <pre>{@code
 * var p = scores.softmax(1);          // [n, classes] or [n, classes, h, w]
 * }</pre>
 *
 * @param axis counted from the end where it is negative
 */
public record Softmax(int axis, boolean logarithm) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = logarithm ? "logSoftmax" : "softmax";
        Checks.inputs(name, inputs, 1);
        var x = Checks.f32(name, "x", inputs.getFirst());
        Checks.axis(name, axis, x);
        return List.of(Spec.f32(x));
    }

    @Override
    public int savedForBackward() {
        return OUTPUT;
    }
}
