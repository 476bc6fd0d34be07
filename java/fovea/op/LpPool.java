package fovea.op;

import java.util.List;

/**
 * The p-norm of every window, {@code (sum of |x|^p)^(1/p)}; [n, c, spatial...] -> [n, c, windows...]. Where it is 0 the gradient is
 * taken as 0.
 *
 * @param p 1 or more; 2 is the Euclidean length
 */
public record LpPool(Window window, float p) implements Op {
    public LpPool {
        Checks.require(p >= 1 && p < Float.POSITIVE_INFINITY, "lpPool: p is %s; it must be at least 1 and finite (maxPool is the limit)",
                p);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = "lpPool" + window.rank() + "d";
        Checks.inputs(name, inputs, 1);
        return List.of(Spec.f32(window.over(name, Checks.f32(name, "x", inputs.getFirst()))));
    }

    @Override
    public int savedForBackward() {
        return INPUT | OUTPUT;
    }
}
