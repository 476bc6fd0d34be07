package fovea;

import fovea.op.Reduce;
import fovea.op.Reduce.Kind;

/**
 * Sums and their kin over axes of a {@link Tensor}, as methods; each is one {@link Reduce}. No axis stands for all of them, a
 * negative one counts from the end, and reduced axes are gone; {@code reduce(Reduce.of(...).keepingDims())} keeps them.
 *
 * <pre>{@code
 * x.mean();              // a scalar
 * x.sum(0, 2, 3);        // [n, c, h, w] -> [c]
 * scores.argMax(1);      // [n, classes] -> class ids [n]
 * }</pre>
 */
public sealed interface Reducing permits Tensor {
    default Tensor reduce(Reduce op) {
        return ((Tensor) this).apply(op);
    }

    default Tensor sum(int... axes) {
        return reduce(Reduce.of(Kind.SUM, axes));
    }

    default Tensor mean(int... axes) {
        return reduce(Reduce.of(Kind.MEAN, axes));
    }

    /** The mean squared distance from the mean; {@link Kind#SAMPLE_VARIANCE} is the unbiased one. */
    default Tensor variance(int... axes) {
        return reduce(Reduce.of(Kind.VARIANCE, axes));
    }

    /** The root of the sum of squares. */
    default Tensor norm(int... axes) {
        return reduce(Reduce.of(Kind.NORM, axes));
    }

    /** {@code log(sum(e^x))} without overflow. */
    default Tensor logSumExp(int... axes) {
        return reduce(Reduce.of(Kind.LOG_SUM_EXP, axes));
    }

    default Tensor max(int... axes) {
        return reduce(Reduce.of(Kind.MAX, axes));
    }

    default Tensor min(int... axes) {
        return reduce(Reduce.of(Kind.MIN, axes));
    }

    /** Where the largest element is, as I32; the first of equals. */
    default Tensor argMax(int... axes) {
        return reduce(Reduce.of(Kind.ARG_MAX, axes));
    }

    /** Where the smallest element is, as I32; the first of equals. */
    default Tensor argMin(int... axes) {
        return reduce(Reduce.of(Kind.ARG_MIN, axes));
    }
}
