package fovea.op;

import java.util.List;

/**
 * Normalisation over the last axes of x; gamma and beta have the shape of these axes where {@code affine}:
 * {@code y = (x - mean) / sqrt(variance + epsilon) * gamma + beta}, for each index of the axes before by itself.
 *
 * @param axes how many of the last axes; all but the first of [n, c, h, w] are 3
 */
public record LayerNorm(int axes, float epsilon, boolean affine) implements Op {
    public LayerNorm {
        Checks.require(axes >= 1, "layerNorm: %d axes; give at least 1", axes);
        Checks.require(epsilon > 0 && epsilon < Float.POSITIVE_INFINITY, "layerNorm: epsilon is %s; it must be positive", epsilon);
    }

    /** With gamma, beta and epsilon 1e-5. */
    public static LayerNorm of(int axes) {
        return new LayerNorm(axes, 1e-5f, true);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("layerNorm", inputs, affine ? 3 : 1);
        var x = Checks.f32("layerNorm", "x", inputs.getFirst());
        Checks.require(axes <= x.rank(), "layerNorm: x %s has no %d axes", x, axes);
        var row = x.slice(x.rank() - axes, x.rank());
        for (var i = 1; i < inputs.size(); i++) {
            var name = i == 1 ? "gamma" : "beta";
            var shape = Checks.f32("layerNorm", name, inputs.get(i));
            Checks.require(shape.equals(row), "layerNorm: %s is %s; over the last %d axes of x %s it must be %s", name, shape, axes, x,
                    row);
        }
        return List.of(Spec.f32(x));
    }

    @Override
    public int savedForBackward() {
        return INPUT | (affine ? INPUT << 1 : 0);
    }
}
