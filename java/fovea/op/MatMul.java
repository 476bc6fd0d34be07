package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * Products of matrices: a [..., m, k] times b [..., k, n] gives [..., m, n]. Leading axes are batches and broadcast; a vector counts
 * as a row on the left and as a column on the right, and its axis is missing in the result.
 *
 * <pre>{@code
 * var scores = queries.matmul(keys.transpose(-1, -2));
 * }</pre>
 */
public record MatMul() implements Op {
    public static final MatMul MATMUL = new MatMul();

    /** The three shapes as matrices with equally many batch axes. */
    public record Matrices(Shape batch, Shape a, Shape b) {
        /** With a vector's missing axis in its place. */
        public static Matrices of(Shape a, Shape b) {
            Checks.require(a.rank() >= 1 && b.rank() >= 1, "matmul: a is %s and b is %s; a scalar has no columns (use mul)", a, b);
            var left = a.rank() == 1 ? Shape.of(1, a.dim(0)) : a;
            var right = b.rank() == 1 ? Shape.of(b.dim(0), 1) : b;
            Checks.require(left.dim(-1) == right.dim(-2), "matmul: a is %s and b is %s; a has %d columns and b %d rows", a, b,
                    left.dim(-1), right.dim(-2));
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

        /** The position of the matrix that the batch's matrix i comes from, in elements of the operand. */
        public long offset(Shape operand, long i) {
            var offset = 0L;
            var step = operand.dim(-1) * operand.dim(-2);
            for (var axis = -1; axis >= -batch.rank(); axis--) {
                var place = i % batch.dim(axis);
                i /= batch.dim(axis);
                var extent = extent(operand, axis);
                offset += extent == 1 ? 0 : place * step;
                step *= extent;
            }
            return offset;
        }
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("matmul", inputs, 2);
        var a = Checks.f32("matmul", "a", inputs.get(0));
        var b = Checks.f32("matmul", "b", inputs.get(1));
        var matrices = Matrices.of(a, b);
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
