package fovea.op;

import java.util.List;

/** y = a + b. Where the shapes differ, axes of extent 1 stretch, as in NumPy. */
public record Add() implements Op {
    public static final Add ADD = new Add();

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("add", inputs, 2);
        var a = Checks.f32("add", "a", inputs.get(0));
        var b = Checks.f32("add", "b", inputs.get(1));
        return List.of(Spec.f32(Checks.broadcast("add", a, b)));
    }
}
