package fovea.op;

import java.util.List;

/** y = max(x, 0) in any layout. NaN stays NaN; at 0 the gradient is 0. */
public record Relu() implements Op {
    public static final Relu RELU = new Relu();

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("relu", inputs, 1);
        return List.of(Spec.f32(Checks.f32("relu", "x", inputs.getFirst())));
    }

    /** y > 0 exactly where x > 0, so x need not be kept. */
    @Override
    public int savedForBackward() {
        return OUTPUT;
    }
}
