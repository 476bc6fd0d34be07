package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * Products of matrices: a [..., m, k] times b [..., k, n] gives [..., m, n]. Leading axes are batches and broadcast; a vector counts
 * as a row on the left and as a column on the right, and its axis is missing in the result.
 *
 * <pre>{@code
 * var scores = queries.matmul(keys, false, true);      // [8, 50, 64] and [8, 70, 64] -> [8, 50, 70]
 * }</pre>
 *
 * @param transposeA a is [..., k, m]
 * @param transposeB b is [..., n, k]
 */
public record MatMul(boolean transposeA, boolean transposeB) implements Op {
    public static final MatMul MATMUL = new MatMul(false, false);

    /** The shapes as they are multiplied, transposes done, and the batch axes of the result. */
    public record Matrices(Shape batch, Shape a, Shape b) {
        private static Matrices of(MatMul op, Shape a, Shape b) {
            Checks.require(a.rank() >= 1 && b.rank() >= 1, "matmul: a is %s and b is %s; a scalar has no columns (use mul)", a, b);
            Checks.require((a.rank() > 1 || !op.transposeA) && (b.rank() > 1 || !op.transposeB),
                    "matmul: a is %s and b is %s; a vector is not to be transposed", a, b);
            var left = a.rank() == 1 ? Shape.of(1, a.dim(0)) : op.transposeA ? transposed(a) : a;
            var right = b.rank() == 1 ? Shape.of(b.dim(0), 1) : op.transposeB ? transposed(b) : b;
            Checks.require(left.dim(-1) == right.dim(-2), "matmul: a is %s%s and b is %s%s; a has %d columns and b %d rows", a,
                    op.transposeA ? " transposed" : "", b, op.transposeB ? " transposed" : "", left.dim(-1), right.dim(-2));
            var rank = Math.max(left.rank(), right.rank()) - 2;
            var batch = new long[rank];
            for (var i = 0; i < rank; i++) {
                var p = extent(left, i - rank);
                var q = extent(right, i - rank);
                Checks.require(p == q || p == 1 || q == 1,
                        "matmul: a is %s and b is %s; batch axes must be equal or 1, but %d meets %d", a, b, p, q);
                batch[i] = Math.max(p, q);
            }
            return new Matrices(Shape.of(batch), left, right);
        }

        /** The extent of batch axis {@code fromEnd} (negative); 1 where it is missing. */
        private static long extent(Shape shape, int fromEnd) {
            var axis = shape.rank() - 2 + fromEnd;
            return axis < 0 ? 1 : shape.dim(axis);
        }

        public long m() {
            return a.dim(-2);
        }

        public long n() {
            return b.dim(-1);
        }

        public long k() {
            return a.dim(-1);
        }

        /** For every batch axis, how many elements lie between neighbouring matrices of an operand; 0 where it has but one. */
        public long[] strides(Shape operand) {
            var strides = new long[batch.rank()];
            var step = operand.dim(-1) * operand.dim(-2);
            for (var axis = batch.rank() - 1; axis >= 0; axis--) {
                var extent = extent(operand, axis - batch.rank());
                strides[axis] = extent == 1 ? 0 : step;
                step *= extent;
            }
            return strides;
        }

        private static Shape transposed(Shape shape) {
            return shape.with(-1, shape.dim(-2)).with(-2, shape.dim(-1));
        }
    }

    /** The matrices behind two shapes, or an exception that names both. */
    public Matrices matrices(Shape a, Shape b) {
        return Matrices.of(this, a, b);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("matmul", inputs, 2);
        var a = Checks.f32("matmul", "a", inputs.get(0));
        var b = Checks.f32("matmul", "b", inputs.get(1));
        var matrices = matrices(a, b);
        var y = matrices.batch();
        if (a.rank() > 1) {
            y = y.concat(Shape.of(matrices.m()));
        }
        if (b.rank() > 1) {
            y = y.concat(Shape.of(matrices.n()));
        }
        return List.of(Spec.f32(y));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 0 | INPUT << 1;
    }
}
