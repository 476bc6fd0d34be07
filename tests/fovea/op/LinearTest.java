package fovea.op;

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

class LinearTest {
    private static double[] product(double[] x, double[] w, double[] b, int m, int n, int k, boolean relu) {
        var y = new double[m * n];
        for (var i = 0; i < m; i++) {
            for (var j = 0; j < n; j++) {
                var sum = b == null ? 0 : b[j];
                for (var l = 0; l < k; l++) {
                    sum += x[i * k + l] * w[j * k + l];
                }
                y[i * n + j] = relu ? Math.max(sum, 0) : sum;
            }
        }
        return y;
    }

    private static OpCase of(Activation activation, int m, int n, int k) {
        return OpCase.of("linear %s %dx%dx%d".formatted(activation, m, n, k), new Linear(activation)).input(m, k).input(n, k).input(n)
                .terms(k + 1).exact()
                .oracle(in -> new double[][] {product(in[0], in[1], in[2], m, n, k, activation == Activation.RELU)});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(Activation.NONE, 1, 1, 1), of(Activation.NONE, 3, 5, 7), of(Activation.RELU, 2, 17, 9),
                of(Activation.NONE, 33, 10, 84), of(Activation.RELU, 16, 49, 130), of(Activation.NONE, 5, 3, 600));
    }

    @Test
    void worksWithoutABiasAndOnSeveralLeadingAxes() {
        OpContract.check(OpCase.of("linear without bias", Linear.LINEAR).input(2, 3, 6).input(4, 6).terms(6).exact()
                .oracle(in -> new double[][] {product(in[0], in[1], null, 6, 4, 6, false)}));
    }

    private static void refuses(String message, long[]... shapes) {
        var specs = Stream.of(shapes).map(s -> Spec.f32(Shape.of(s))).toList();
        var e = assertThrows(IllegalArgumentException.class, () -> Linear.LINEAR.infer(specs));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void refusesShapesThatDoNotMeet() {
        refuses("x is [2, 16, 5, 5] and w is [120, 400]; the last axis of x must be 400 (flatten images first)",
                new long[] {2, 16, 5, 5}, new long[] {120, 400});
        refuses("b is [3]; 4 outputs need [4]", new long[] {2, 5}, new long[] {4, 5}, new long[] {3});
        assertThrows(IllegalArgumentException.class, () -> Linear.LINEAR.infer(List.of()));
    }
}
