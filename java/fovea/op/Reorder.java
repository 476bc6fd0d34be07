package fovea.op;

import java.util.List;

/** The same tensor in another memory layout. The tape inserts it where an op cannot read what its predecessor wrote. */
public record Reorder(String layout) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("reorder", inputs, 1);
        return List.of(inputs.getFirst());
    }
}
