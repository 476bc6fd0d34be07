package fovea.op;

import java.util.List;

/** The sum of every window; [n, c, spatial...] -> [n, c, windows...]. */
public record SumPool(Window window) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = "sumPool" + window.rank() + "d";
        Checks.inputs(name, inputs, 1);
        return List.of(Spec.f32(window.over(name, Checks.f32(name, "x", inputs.getFirst()))));
    }
}
