package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.runtime.Layout;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ConvertTest {
    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(
                OpCase.of("to I32", new Convert(ElementType.I32)).constant((random, _) -> 100 * random.nextGaussian(), 5, 17, 3).exact()
                        .oracle(in -> new double[][] {Arrays.stream(in[0]).map(x -> (int) x).toArray()}),
                OpCase.of("to U8", new Convert(ElementType.U8)).constant((random, _) -> 150 * random.nextGaussian(), 5, 17, 3).exact()
                        .sparse()
                        .oracle(in -> new double[][] {Arrays.stream(in[0]).map(x -> Math.clamp((int) x, 0, 255)).toArray()}),
                // 8 bits of precision: half of 2^-7 relative to the number.
                OpCase.of("to BF16", new Convert(ElementType.BF16)).constant((random, _) -> random.nextGaussian(), 5, 17, 3).relative()
                        .ulps(0x1p16).oracle(in -> in),
                OpCase.of("F32 stays", new Convert(ElementType.F32)).input(5, 17, 3).exact().oracle(in -> new double[][] {in[0].clone()}));
    }

    @Test
    void gradientsPassThroughHalfPrecisionUnrounded() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.of(Shape.of(3), 1, 1.001f, -2).track();
            var half = x.to(ElementType.BF16);
            var y = half.to(ElementType.F32).add(half.to(ElementType.F32));
            assertArrayEquals(new float[] {2, 2, -4}, y.toArray());
            half.track();
            step.backward(y, Gradients.REPLACE, 1.001f, 2, 3);
            assertArrayEquals(new float[] {2.002f, 4, 6}, x.grad());
            assertArrayEquals(new float[] {2.002f, 4, 6}, half.grad());
        }
    }

    @Test
    void gradientsEndAtIntegers() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.of(Shape.of(3), 1, 2, 3).track();
            assertFalse(x.to(ElementType.I32).needsGrad());
            assertFalse(x.to(ElementType.I32).to(ElementType.F32).needsGrad());
        }
    }

    @Test
    void keepsTheLayoutAndIsNothingForTheSameType() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.apply(new Reorder("C16"), step.normal(Shape.of(2, 5, 3), 0, 1));
            assertEquals(Layout.C16, Sessions.layout(x.to(ElementType.BF16)));
            assertSame(x, x.to(ElementType.F32));
            assertArrayEquals(x.to(ElementType.BF16).toArray(), x.to(ElementType.BF16).to(ElementType.F32).toArray());
        }
    }
}
