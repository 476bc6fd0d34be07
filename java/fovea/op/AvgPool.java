package fovea.op;

import java.util.List;

/**
 * The mean of every window; [n, c, spatial...] -> [n, c, windows...].
 *
 * @param countPadding divide by the elements of the window that lie inside the padded input, as PyTorch does by default, and not
 *     only by those inside the input
 */
public record AvgPool(Window window, boolean countPadding) implements Op {
    public AvgPool(Window window) {
        this(window, true);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = "avgPool" + window.rank() + "d";
        Checks.inputs(name, inputs, 1);
        return List.of(Spec.f32(window.over(name, Checks.f32(name, "x", inputs.getFirst()))));
    }
}
