package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import fovea.oracle.ConvOracle;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ConvTransposeTest {
    private static OpCase of(Op op, long[] x, long... w) {
        var oracle = ConvOracle.of(op, Shape.of(x), Shape.of(w));
        var oc = op.infer(List.of(Spec.f32(Shape.of(x)), Spec.f32(Shape.of(w)))).getFirst().shape().dim(1);
        return OpCase.of("%s %s %s".formatted(op, Arrays.toString(x), Arrays.toString(w)), op).input(x).input(w).input(oc)
                .terms(oracle.terms()).exact().session(options -> options.provider("own").winograd(false))
                .oracle(in -> new double[][] {oracle.forward(in)});
    }

    private static long[] x(long... dims) {
        return dims;
    }

    private static Stream<OpCase> cases() {
        var op = ConvTranspose.of(2);
        return Stream.of(
                of(op, x(2, 3, 4, 5), 3, 4, 3, 3),
                of(op.stride(2), x(2, 16, 4, 4), 16, 5, 2, 2),
                of(op.stride(2).padding(1).outputPadding(1), x(2, 17, 4, 3), 17, 16, 3, 3),
                of(op.stride(3, 2).dilation(2).padding(1, 2).outputPadding(1, 0), x(1, 4, 5, 5), 4, 3, 2, 3),
                of(op.stride(3).activation(Activation.RELU), x(2, 4, 3, 3), 4, 5, 2, 2),
                of(op.groups(2).padding(Extents.of(1, 0), Extents.of(0, 2)), x(2, 6, 4, 6), 6, 2, 3, 3),
                of(op.groups(5).stride(2), x(2, 5, 4, 4), 5, 1, 3, 3),
                of(ConvTranspose.of(1).dilation(3).outputPadding(2), x(2, 3, 6), 3, 4, 3),
                of(ConvTranspose.of(3).stride(2), x(1, 3, 2, 3, 2), 3, 4, 2, 2, 2));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractWithOwnKernels() {
        return OpContract.tests(cases().toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractWithOneDnn() {
        return OpContract.tests(cases().map(OpCase::onednn).toArray(OpCase[]::new));
    }

    @Test
    void refusesWhatLeavesNothingAndShowsTheArithmetic() {
        var e = assertThrows(IllegalArgumentException.class,
                () -> ConvTranspose.of(2).padding(2).outputSize(Extents.all(2, 1), Extents.all(2, 3)));
        assertTrue(e.getMessage().contains("(1 - 1) * 1 - 2 - 2 + 1 * (3 - 1) + 0 + 1 = -1 leaves nothing"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class, () -> ConvTranspose.of(1).stride(2).outputPadding(2));
        assertTrue(e.getMessage().contains("output padding 2 must be less than stride 2"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class,
                () -> ConvTranspose.of(1).infer(List.of(Spec.f32(Shape.of(1, 4, 8)), Spec.f32(Shape.of(3, 4, 2)))));
        assertTrue(e.getMessage().contains("has 4 channels, so w must begin with 4, but it is [3, 4, 2]"), e.getMessage());
    }

    @Test
    void undoesTheSizeOfAConvolution() {
        for (var in = 5; in < 12; in++) {
            for (var stride = 1; stride < 4; stride++) {
                var down = Conv.outputSize(in, 3, stride, 1, 1, 1, Rounding.FLOOR);
                var up = ConvTranspose.of(1).stride(stride).padding(1);
                var rest = in - up.outputSize(Extents.of(down), Extents.of(3)).first();
                assertEquals(in, up.outputPadding(rest).outputSize(Extents.of(down), Extents.of(3)).first());
            }
        }
    }
}
