package fovea.op;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;

/** Data that comes from outside: a place on the tape without a predecessor. */
public record Input(Shape shape, ElementType type) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("input", inputs, 0);
        return List.of(new Spec(shape, type));
    }
}
