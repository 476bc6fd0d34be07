package fovea.op;

import java.util.List;

/**
 * Normalisation of every plane by itself; x [n, c, spatial...], and gamma and beta [c] where {@code affine}:
 * {@code y = (x - mean) / sqrt(variance + epsilon) * gamma + beta}, the statistics being those of one channel of one image.
 */
public record InstanceNorm(float epsilon, boolean affine) implements Op {
    public InstanceNorm {
        Checks.require(epsilon > 0 && epsilon < Float.POSITIVE_INFINITY, "instanceNorm: epsilon is %s; it must be positive", epsilon);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var x = GroupNorm.perChannel("instanceNorm", inputs, affine);
        Checks.require(x.elements() > x.dim(0) * x.dim(1), "instanceNorm: a plane of x %s has one value, which has no variance; use larger "
                + "images or groupNorm", x);
        return List.of(Spec.f32(x));
    }

    @Override
    public int savedForBackward() {
        return INPUT | (affine ? INPUT << 1 : 0);
    }
}
