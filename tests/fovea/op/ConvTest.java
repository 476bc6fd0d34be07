package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
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

class ConvTest {
    /** A convolution with bias. */
    private static OpCase of(Conv op, long[] x, long... w) {
        var oracle = ConvOracle.of(op, Shape.of(x), Shape.of(w));
        var y = op.add(false).infer(List.of(Spec.f32(Shape.of(x)), Spec.f32(Shape.of(w)))).getFirst().shape();
        var c = OpCase.of("%s %s %s".formatted(op, Arrays.toString(x), Arrays.toString(w)), op).input(x).input(w).input(y.dim(1));
        return (op.add() ? c.input(y.toArray()) : c)
                .terms(oracle.terms()).exact().session(options -> options.winograd(false))
                .oracle(in -> new double[][] {oracle.forward(in)});
    }

    private static long[] x(long... dims) {
        return dims;
    }

    /** One of each kind: sizes, strides, gaps, paddings, groups and axes that meet every branch. */
    static Stream<OpCase> cases() {
        var conv = Conv.of(2);
        return Stream.of(
                of(conv, x(2, 3, 5, 6), 4, 3, 3, 3),
                of(conv.padding(1), x(2, 16, 7, 7), 32, 16, 3, 3),
                of(conv.padding(1), x(3, 17, 6, 5), 19, 17, 3, 3),
                of(conv.stride(2).padding(1), x(2, 5, 9, 8), 7, 5, 3, 3),
                of(conv.stride(2), x(2, 16, 8, 8), 16, 16, 1, 1),
                of(conv.stride(3, 2).dilation(2, 1).padding(2, 1), x(1, 4, 11, 9), 5, 4, 3, 2),
                of(conv.padding(Extents.of(0, 2), Extents.of(3, 1)), x(2, 3, 6, 7), 4, 3, 4, 3),
                of(conv.stride(4).padding(2), x(1, 3, 23, 23), 8, 3, 11, 11),
                of(conv.groups(2).padding(1), x(2, 32, 4, 4), 32, 16, 3, 3),
                of(conv.groups(3), x(2, 6, 5, 5), 9, 2, 3, 3),
                of(conv.groups(20).padding(1), x(2, 20, 6, 6), 20, 1, 3, 3),
                of(conv.groups(4).stride(2).padding(1), x(2, 4, 7, 7), 8, 1, 3, 3),
                of(conv.groups(16).stride(2).padding(1), x(2, 16, 7, 23), 16, 1, 3, 3),
                of(Conv.of(3).groups(3).dilation(1, 2, 1).padding(2), x(2, 3, 3, 5, 4), 3, 1, 2, 3, 4),
                of(conv.padding(3), x(1, 2, 2, 2), 3, 2, 3, 3),
                of(conv, x(18, 1, 5, 5), 6, 1, 5, 5),
                of(conv.activation(Activation.RELU).padding(1), x(2, 6, 4, 4), 5, 6, 3, 3),
                of(conv.padding(1).add(true), x(2, 20, 6, 15), 36, 20, 3, 3),
                of(conv.activation(Activation.RELU).add(true), x(3, 16, 5, 5), 16, 16, 1, 1),
                of(conv.activation(Activation.RELU).padding(1).stride(2).add(true), x(2, 3, 6, 7), 5, 3, 3, 3),
                of(conv.groups(20).padding(1).activation(Activation.RELU).add(true), x(2, 20, 6, 6), 20, 1, 3, 3),
                of(conv.activation(Activation.RELU).add(true), x(18, 2, 3, 3), 6, 2, 3, 3),
                of(Conv.of(1).padding(2).dilation(2), x(2, 5, 20), 6, 5, 3),
                of(Conv.of(1).stride(2).activation(Activation.RELU), x(3, 3, 9), 4, 3, 2),
                of(Conv.of(3).padding(1), x(1, 4, 4, 5, 3), 6, 4, 3, 3, 3),
                of(Conv.of(3).stride(2, 1, 2).padding(1, 0, 1), x(2, 3, 5, 4, 6), 5, 3, 2, 2, 3));
    }

    /** Those that an implementation cannot run are left to the others. */
    @TestFactory
    Stream<DynamicTest> keepsTheContractWithEachOwnImplementation() {
        return Stream.of("own:plain", "own:direct", "own:depthwise", "own:lane", "own:dense").flatMap(name -> OpContract.tests(cases()
                .map(c -> c.session(o -> o.provider("own").winograd(false).prefer(name))).toArray(OpCase[]::new)));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractWithOneDnn() {
        return OpContract.tests(cases().map(OpCase::onednn).toArray(OpCase[]::new));
    }

    @Test
    void worksWithoutABias() {
        var op = Conv.of(2).padding(1);
        var oracle = ConvOracle.of(op, Shape.of(2, 3, 4, 4), Shape.of(5, 3, 3, 3));
        OpContract.check(OpCase.of("no bias", op).input(2, 3, 4, 4).input(5, 3, 3, 3).terms(28).exact()
                .session(o -> o.provider("own").winograd(false)).oracle(in -> new double[][] {oracle.forward(in)}));
    }

    private static void assertRefused(String message, Op op, long[]... inputs) {
        var specs = Arrays.stream(inputs).map(dims -> Spec.f32(Shape.of(dims))).toList();
        var e = assertThrows(IllegalArgumentException.class, () -> op.infer(specs));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void refusesWhatDoesNotFitAndShowsTheArithmetic() {
        var one = Extents.all(2, 1);
        var none = Extents.all(2, 0);
        var e = assertThrows(IllegalArgumentException.class, () -> Conv.outputSize(Extents.all(2, 7), Extents.all(2, 3), Extents.all(2, 3),
                none, none, one, Rounding.EXACT));
        assertEquals("conv: 7x7 input, 3x3 filter, stride 3: (7 - 3) / 3 + 1 = 2.33 is not whole", e.getMessage());
        assertRefused("the filter does not fit: 3x9 input, 5x5 filter", Conv.of(2), x(1, 2, 3, 9), x(4, 2, 5, 5));
        assertRefused("spans 5 positions of 3 + 0 + 1", Conv.of(1).dilation(2).padding(Extents.of(0), Extents.of(1)), x(1, 2, 3),
                x(4, 2, 3));
        assertRefused("x [1, 4, 8, 8] has 4 channels, so w must be [6, 4, kernel...], but it is [6, 3, 3, 3]", Conv.of(2), x(1, 4, 8, 8),
                x(6, 3, 3, 3));
        assertRefused("4 input and 6 output channels cannot be cut into 4 groups", Conv.of(2).groups(4), x(1, 4, 8, 8), x(6, 1, 3, 3));
        assertRefused("2 spatial axes need a tensor of rank 4: [batch, channels, height, width]", Conv.of(2), x(4, 8, 8), x(6, 4, 3, 3));
        assertRefused("b is [4]; 6 output channels need [6]", Conv.of(2), x(1, 4, 8, 8), x(6, 4, 3, 3), x(4));
        assertRefused("r is [1, 6, 5, 6]; it is added to the result, so it must be [1, 6, 6, 6]", Conv.of(2).add(true), x(1, 4, 8, 8),
                x(6, 4, 3, 3), x(1, 6, 5, 6));
        assertRefused("conv takes x, w and perhaps b, and r, got 2 inputs", Conv.of(2).add(true), x(1, 4, 8, 8), x(6, 4, 3, 3));
        assertThrows(IllegalArgumentException.class, () -> Conv.of(2).stride(0));
        assertThrows(IllegalArgumentException.class, () -> Conv.of(2).stride(1, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> Conv.of(4));
    }

    @Test
    void countsPlacesByEveryRounding() {
        assertEquals(2, Conv.outputSize(7, 3, 3, 0, 0, 1, Rounding.FLOOR));
        assertEquals(3, Conv.outputSize(7, 3, 3, 0, 0, 1, Rounding.CEIL));
        assertEquals(3, Conv.outputSize(7, 3, 3, 0, 0, 1, Rounding.SAME));
        assertEquals(3, Conv.outputSize(7, 3, 3, 1, 1, 1, Rounding.EXACT));
        assertEquals(4, Conv.outputSize(7, 3, 2, 1, 1, 1, Rounding.FLOOR));
        assertEquals(3, Conv.outputSize(7, 3, 1, 0, 0, 2, Rounding.EXACT));
    }

    @Test
    void paddingsOfARoundingGiveItsSizeWhenRoundedDown() {
        for (var in = 1; in < 12; in++) {
            for (var kernel = 1; kernel <= Math.min(in, 4); kernel++) {
                for (var stride = 1; stride < 4; stride++) {
                    for (var rounding : List.of(Rounding.FLOOR, Rounding.CEIL, Rounding.SAME)) {
                        var op = Conv.of(1).stride(stride).fitted(Extents.of(in), Extents.of(kernel), rounding);
                        assertEquals(Conv.outputSize(in, kernel, stride, 0, 0, 1, rounding), Conv.outputSize(in, kernel, stride,
                                op.padBegin().first(), op.padEnd().first(), 1, Rounding.FLOOR), op + " " + in + " " + kernel);
                    }
                }
            }
        }
    }

    @Test
    void countsParameters() {
        assertEquals(156, Conv.parameterCount(1, 6, Extents.all(2, 5), 1, true));
        assertEquals(288, Conv.parameterCount(32, 32, Extents.all(2, 3), 32, false));
    }

    @Test
    void letsNaNThroughItsActivation() {
        for (var provider : List.of("own", "onednn")) {
            try (var session = Session.open(Session.options().provider(provider)); var step = session.step(Mode.EVAL)) {
                var x = step.of(Shape.of(1, 1, 2, 2), 1, Float.NaN, -3, 4);
                var w = step.of(Shape.of(1, 1, 1, 1), 2);
                var y = x.conv(Conv.of(2).activation(Activation.RELU), w, null).toArray();
                assertEquals("[2.0, NaN, 0.0, 8.0]", Arrays.toString(y), provider);
            }
        }
    }

    @Test
    void packsWeightsAgainWhenTheyChange() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(16, 16, 3, 3));
            var sums = new float[3];
            for (var i = 0; i < 3; i++) {
                try (var step = session.step(Mode.EVAL)) {
                    if (i == 1) {
                        var ones = new float[16 * 16 * 9];
                        Arrays.fill(ones, 1);
                        w.copyFrom(ones);
                    }
                    sums[i] = step.full(Shape.of(1, 16, 4, 4), 1).conv2d(w, null, 1, 0).toArray()[0];
                }
            }
            assertEquals("[0.0, 144.0, 144.0]", Arrays.toString(sums));
        }
    }

    @Test
    void oneDnnIsRefusedWhereTheInstructionSetIsFixedBelowTheBest() {
        try (var session = Session.open(Session.options().isa("scalar").provider("onednn")); var step = session.step(Mode.EVAL)) {
            var x = step.full(Shape.of(1, 1, 2, 2), 1);
            var w = step.full(Shape.of(1, 1, 1, 1), 1);
            var e = assertThrows(fovea.FoveaException.class, () -> x.conv2d(w, null, 1, 0));
            assertTrue(e.getMessage().contains("the session is fixed to scalar"), e.getMessage());
        }
    }
}
