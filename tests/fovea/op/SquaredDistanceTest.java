package fovea.op;

import fovea.Shape;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SquaredDistanceTest {
    private static OpCase of(int n, int m, int k) {
        // A difference is up to twice as large as its larger operand, its square four times.
        return OpCase.of("squared distance %d, %d, %d".formatted(n, m, k), SquaredDistance.SQUARED_DISTANCE).input(n, k).input(m, k).exact()
                .terms(4 * k).oracle(in -> {
                    var y = new double[n * m];
                    for (var i = 0; i < y.length; i++) {
                        for (var t = 0; t < k; t++) {
                            var d = in[0][i / m * k + t] - in[1][i % m * k + t];
                            y[i] += d * d;
                        }
                    }
                    return new double[][] {y};
                });
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(5, 10, 84), of(1, 1, 1), of(300, 10, 20), of(2, 300, 70));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract.tests(IntStream.rangeClosed(1, 35).mapToObj(k -> of(3, 2, k)).toArray(OpCase[]::new));
    }

    @Test
    void refusesRowsOfDifferentLengths() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).squaredDistance(step.zeros(Shape.of(10, 4))), "squaredDistance", "[2, 3]",
                "[10, 4]");
    }
}
