package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * Normalisation of every image's groups of channels; x [n, c, any spatial axes], and gamma and beta [c] where {@code affine}:
 * {@code y = (x - mean) / sqrt(variance + epsilon) * gamma + beta}, the statistics being those of c / groups channels of one image. The
 * same in training and evaluation, and for any batch.
 *
 * @param groups equal parts that the channels are cut into; one of all channels is layer norm over an image
 */
public record GroupNorm(int groups, float epsilon, boolean affine) implements Op {
    public GroupNorm {
        Checks.require(groups >= 1, "groupNorm: groups is %d; it must be at least 1", groups);
        Checks.require(epsilon > 0 && epsilon < Float.POSITIVE_INFINITY, "groupNorm: epsilon is %s; it must be positive", epsilon);
    }

    /** With gamma, beta and epsilon 1e-5. */
    public static GroupNorm of(int groups) {
        return new GroupNorm(groups, 1e-5f, true);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var x = perChannel("groupNorm", inputs, affine);
        Checks.require(x.dim(1) % groups == 0, "groupNorm: the %d channels of x %s cannot be cut into %d groups", x.dim(1), x, groups);
        Checks.require(x.elements() > x.dim(0) * groups, "groupNorm: a group of x %s has one value, which has no variance; use fewer than "
                + "%d groups", x, groups);
        return List.of(Spec.f32(x));
    }

    /** x, with gamma and beta checked where there are any. */
    static Shape perChannel(String op, List<Spec> inputs, boolean affine) {
        Checks.inputs(op, inputs, affine ? 3 : 1);
        var x = Checks.f32(op, "x", inputs.getFirst());
        Checks.require(x.rank() >= 2, "%s: x is %s; it must be [n, c, spatial...]", op, x);
        for (var i = 1; i < inputs.size(); i++) {
            var name = i == 1 ? "gamma" : "beta";
            var shape = Checks.f32(op, name, inputs.get(i));
            Checks.require(shape.equals(Shape.of(x.dim(1))), "%s: %s is %s; x %s has %d channels, so it must be [%d]", op, name, shape, x,
                    x.dim(1), x.dim(1));
        }
        return x;
    }

    @Override
    public int savedForBackward() {
        return INPUT | (affine ? INPUT << 1 : 0);
    }
}
