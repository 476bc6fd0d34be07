package fovea.op;

import fovea.ElementType;
import java.util.List;

/**
 * The largest element of every window; [n, c, spatial...] -> [n, c, windows...]. Of equal elements the first wins and takes the
 * gradient. NaN counts as larger than any number. Padding never wins.
 *
 * @param indices a second output, I32 of the same shape: each winner's position in its plane, row-major, which {@link MaxUnpool} takes
 */
public record MaxPool(Window window, boolean indices) implements Op {
    public MaxPool(Window window) {
        this(window, false);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = "maxPool" + window.rank() + "d";
        Checks.inputs(name, inputs, 1);
        var y = window.over(name, Checks.f32(name, "x", inputs.getFirst()));
        return indices ? List.of(Spec.f32(y), new Spec(y, ElementType.I32)) : List.of(Spec.f32(y));
    }
}
