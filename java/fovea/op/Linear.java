package fovea.op;

import java.util.List;

/**
 * y = activation(x w' + b): a dense layer. x [..., in], w [out, in], b [out] or absent, y [..., out].
 *
 * <pre>{@code
 * var y = x.linear(w, b);
 * }</pre>
 */
public record Linear(Activation activation) implements Op {
    public static final Linear LINEAR = new Linear(Activation.NONE);

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.require(inputs.size() == 2 || inputs.size() == 3, "linear takes x, w and perhaps b, got %s", inputs);
        var x = Checks.f32("linear", "x", inputs.get(0));
        var w = Checks.f32("linear", "w", inputs.get(1));
        Checks.require(w.rank() == 2, "linear: w is %s; it must be [out, in]", w);
        Checks.require(x.rank() >= 1 && x.dim(-1) == w.dim(1),
                "linear: x is %s and w is %s; the last axis of x must be %d (flatten images first)", x, w, w.dim(1));
        if (inputs.size() == 3) {
            var b = Checks.f32("linear", "b", inputs.get(2));
            Checks.require(b.rank() == 1 && b.dim(0) == w.dim(0), "linear: b is %s; %d outputs need [%d]", b, w.dim(0), w.dim(0));
        }
        return List.of(Spec.f32(x.with(-1, w.dim(0))));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 0 | INPUT << 1 | (activation == Activation.NONE ? 0 : OUTPUT);
    }
}
