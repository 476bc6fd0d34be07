package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ReluTest {
    private static OpCase of(long... dims) {
        return OpCase.of("relu " + Arrays.toString(dims), Relu.RELU).input(dims).exact().kinkAtZero()
                .oracle(in -> new double[][] {Arrays.stream(in[0]).map(x -> Math.max(x, 0)).toArray()});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(3, 5), of(2, 17, 3, 3), of(40000));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract.tests(IntStream.rangeClosed(1, 70).mapToObj(n -> of(n)).toArray(OpCase[]::new));
    }

    @Test
    void letsNaNThrough() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var y = step.of(Shape.of(4), Float.NaN, Float.NEGATIVE_INFINITY, -0f, Float.POSITIVE_INFINITY).relu().toArray();
            assertArrayEquals(new float[] {Float.NaN, 0, 0, Float.POSITIVE_INFINITY}, y, 0);
        }
    }

    @Test
    void rejectsIntegers() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.input(Shape.of(3), ElementType.I32);
            var e = assertThrows(IllegalArgumentException.class, x::relu);
            assertTrue(e.getMessage().contains("relu") && e.getMessage().contains("I32 [3]"), e.getMessage());
        }
    }
}
