package fovea.op;

import java.util.List;

/** The same tensor, through which no gradient flows back. */
public record Detach() implements Op {
    public static final Detach DETACH = new Detach();

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("detach", inputs, 1);
        return List.of(inputs.getFirst());
    }

    @Override
    public boolean differentiable() {
        return false;
    }
}
