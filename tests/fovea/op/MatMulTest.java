package fovea.op;

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
    private static double[] product(double[] a, double[] b, int batch, int m, int n, int k, int aStep, int bStep) {
        var y = new double[batch * m * n];
        for (var i = 0; i < batch; i++) {
            for (var r = 0; r < m; r++) {
                for (var c = 0; c < n; c++) {
                    for (var l = 0; l < k; l++) {
                        y[(i * m + r) * n + c] += a[i * aStep + r * k + l] * b[i * bStep + l * n + c];
                    }
                }
            }
        }
        return y;
    }

    private static OpCase of(String name, long[] a, long[] b, int batch, int m, int n, int k, int aStep, int bStep) {
        return OpCase.of("matmul " + name, MatMul.MATMUL).input(a).input(b).terms(k * (aStep == 0 || bStep == 0 ? batch : 1)).exact()
                .oracle(in -> new double[][] {product(in[0], in[1], batch, m, n, k, aStep, bStep)});
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(
                of("plain", dims(3, 5), dims(5, 7), 1, 3, 7, 5, 0, 0),
                of("batched", dims(4, 3, 5), dims(4, 5, 2), 4, 3, 2, 5, 15, 10),
                of("right side shared", dims(4, 3, 5), dims(5, 2), 4, 3, 2, 5, 15, 0),
                of("left side shared", dims(1, 3, 5), dims(4, 5, 2), 4, 3, 2, 5, 0, 10),
                of("vectors", dims(9), dims(9), 1, 1, 1, 9, 0, 0),
                of("vector on the right", dims(2, 3, 5), dims(5), 2, 3, 1, 5, 15, 0));
    }

    @Test
    void infersBatchesThatBroadcastBothWays() {
        assertEquals(Shape.of(4, 6, 3, 2), MatMul.MATMUL.infer(List.of(Spec.f32(Shape.of(4, 1, 3, 5)), Spec.f32(Shape.of(6, 5, 2))))
                .getFirst().shape());
        var matrices = MatMul.Matrices.of(Shape.of(4, 1, 3, 5), Shape.of(6, 5, 2));
        assertEquals(15, matrices.offset(matrices.a(), 7));
        assertEquals(10, matrices.offset(matrices.b(), 7));
    }

    @Test
    void refusesShapesThatDoNotMeet() {
        var e = assertThrows(IllegalArgumentException.class,
                () -> MatMul.MATMUL.infer(List.of(Spec.f32(Shape.of(3, 4)), Spec.f32(Shape.of(5, 6)))));
        assertTrue(e.getMessage().contains("a has 4 columns and b 5 rows"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class,
                () -> MatMul.MATMUL.infer(List.of(Spec.f32(Shape.of(2, 3, 4)), Spec.f32(Shape.of(3, 4, 6)))));
        assertTrue(e.getMessage().contains("2 meets 3"), e.getMessage());
    }
}
