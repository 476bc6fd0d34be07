package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class MatMulTest {
    /** Every element by its coordinates, slowly. */
    private static double[] product(MatMul op, Shape a, Shape b, double[] x, double[] y) {
        var matrices = op.matrices(a, b);
        int m = (int) matrices.m();
        int n = (int) matrices.n();
        int k = (int) matrices.k();
        var z = new double[(int) matrices.batch().elements() * m * n];
        for (var i = 0; i < z.length / (m * n); i++) {
            var ia = place(matrices.batch(), matrices.a(), i) * m * k;
            var ib = place(matrices.batch(), matrices.b(), i) * k * n;
            for (var r = 0; r < m; r++) {
                for (var c = 0; c < n; c++) {
                    for (var l = 0; l < k; l++) {
                        z[(i * m + r) * n + c] += x[ia + (op.transposeA() ? l * m + r : r * k + l)]
                                * y[ib + (op.transposeB() ? c * k + l : l * n + c)];
                    }
                }
            }
        }
        return z;
    }

    /** Which matrix of an operand belongs to matrix i of the batch. */
    private static int place(Shape batch, Shape operand, int i) {
        var place = 0;
        var step = 1;
        for (var axis = -1; axis >= -batch.rank(); axis--) {
            var at = i % (int) batch.dim(axis);
            i /= (int) batch.dim(axis);
            var extent = operand.rank() - 2 + axis < 0 ? 1 : (int) operand.dim(axis - 2);
            place += extent == 1 ? 0 : at * step;
            step *= extent;
        }
        return place;
    }

    private static OpCase of(String name, MatMul op, long[] a, long[] b) {
        var left = Shape.of(a);
        var right = Shape.of(b);
        var matrices = op.matrices(left, right);
        var shared = Math.max(1, matrices.batch().elements());
        return OpCase.of("matmul " + name, op).input(a).input(b).terms(matrices.k() * shared).exact()
                .oracle(in -> new double[][] {product(op, left, right, in[0], in[1])});
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(
                of("plain", MatMul.MATMUL, dims(3, 5), dims(5, 7)),
                of("larger", MatMul.MATMUL, dims(33, 130), dims(130, 49)),
                of("a transposed", new MatMul(true, false), dims(5, 3), dims(5, 7)),
                of("b transposed", new MatMul(false, true), dims(3, 5), dims(7, 5)),
                of("both transposed", new MatMul(true, true), dims(5, 17), dims(20, 5)),
                of("batched", MatMul.MATMUL, dims(4, 3, 5), dims(4, 5, 2)),
                of("batched and transposed", new MatMul(true, true), dims(4, 5, 3), dims(4, 2, 5)),
                of("right side shared", MatMul.MATMUL, dims(4, 3, 5), dims(5, 2)),
                of("left side shared", MatMul.MATMUL, dims(1, 3, 5), dims(4, 5, 2)),
                of("both sides shared", MatMul.MATMUL, dims(4, 1, 3, 5), dims(6, 5, 2)),
                of("transposed and shared", new MatMul(true, true), dims(2, 1, 5, 3), dims(3, 2, 5)),
                of("vectors", MatMul.MATMUL, dims(9), dims(9)),
                of("vector on the right", MatMul.MATMUL, dims(2, 3, 5), dims(5)),
                of("vector on the left", MatMul.MATMUL, dims(5), dims(2, 5, 3)));
    }

    @Test
    void infersBatchesThatBroadcastBothWays() {
        assertEquals(Shape.of(4, 6, 3, 2), MatMul.MATMUL.infer(List.of(Spec.f32(Shape.of(4, 1, 3, 5)), Spec.f32(Shape.of(6, 5, 2))))
                .getFirst().shape());
        var matrices = MatMul.MATMUL.matrices(Shape.of(4, 1, 3, 5), Shape.of(6, 5, 2));
        assertArrayEquals(dims(15, 0), matrices.strides(matrices.a()));
        assertArrayEquals(dims(0, 10), matrices.strides(matrices.b()));
    }

    @Test
    void refusesShapesThatDoNotMeet() {
        var e = assertThrows(IllegalArgumentException.class,
                () -> MatMul.MATMUL.infer(List.of(Spec.f32(Shape.of(3, 4)), Spec.f32(Shape.of(5, 6)))));
        assertTrue(e.getMessage().contains("a has 4 columns and b 5 rows"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class,
                () -> MatMul.MATMUL.infer(List.of(Spec.f32(Shape.of(2, 3, 4)), Spec.f32(Shape.of(3, 4, 6)))));
        assertTrue(e.getMessage().contains("2 meets 3"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class,
                () -> new MatMul(true, false).infer(List.of(Spec.f32(Shape.of(3, 4)), Spec.f32(Shape.of(4, 6)))));
        assertTrue(e.getMessage().contains("a is [3, 4] transposed and b is [4, 6]; a has 3 columns and b 4 rows"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class,
                () -> new MatMul(true, false).infer(List.of(Spec.f32(Shape.of(3)), Spec.f32(Shape.of(3, 6)))));
        assertTrue(e.getMessage().contains("a vector is not to be transposed"), e.getMessage());
    }
}
