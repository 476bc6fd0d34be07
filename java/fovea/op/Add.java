package fovea.op;

import java.util.List;

/** y = a + b; both of one shape. */
public record Add() implements Op {
    public static final Add ADD = new Add();

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("add", inputs, 2);
        var a = Checks.f32("add", "a", inputs.get(0));
        var b = Checks.f32("add", "b", inputs.get(1));
        Checks.require(a.equals(b), "add: a is %s and b is %s; both must have one shape", a, b);
        return List.of(Spec.f32(a));
    }
}
