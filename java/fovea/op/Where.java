package fovea.op;

import java.util.List;

/** Inputs: condition, a, b. y = a where the condition is not 0, else b. Axes of extent 1 stretch, as in NumPy. */
public record Where() implements Op {
    public static final Where WHERE = new Where();

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("where", inputs, 3);
        var condition = Checks.f32("where", "condition", inputs.get(0));
        var a = Checks.f32("where", "a", inputs.get(1));
        var b = Checks.f32("where", "b", inputs.get(2));
        return List.of(Spec.f32(Checks.broadcast("where", condition, a, b)));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 0;
    }
}
