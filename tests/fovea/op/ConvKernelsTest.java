package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.ConvOracle;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Kernels for particular convolutions, each asked for by name, on shapes that meet its tails and borders. */
class ConvKernelsTest {
    private static OpCase of(String kernel, Conv op, long[] x, long[] w) {
        var oracle = ConvOracle.of(op, Shape.of(x), Shape.of(w));
        var c = OpCase.of("%s %s %s %s".formatted(kernel, op, Arrays.toString(x), Arrays.toString(w)), op).input(x).input(w).input(w[0]);
        var y = op.add(false).infer(List.of(Spec.f32(Shape.of(x)), Spec.f32(Shape.of(w)))).getFirst().shape();
        return (op.add() ? c.input(y.toArray()) : c)
                .terms(oracle.terms()).session(o -> o.provider("own").prefer(kernel)).oracle(in -> new double[][] {oracle.forward(in)});
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    /** Images around the tile size, channels around the block and the panel, every padding that a filter of side r can have. */
    private static Stream<OpCase> winograd(String kernel, int r) {
        var conv = Conv.of(2);
        var half = r / 2;
        return Stream.of(
                of(kernel, conv.padding(half), dims(2, 16, 8, 8), dims(16, 16, r, r)),
                of(kernel, conv.padding(half), dims(2, 20, 7, 9), dims(37, 20, r, r)),
                of(kernel, conv, dims(1, 3, 5, 5), dims(5, 3, r, r)),
                of(kernel, conv.padding(r - 1), dims(1, 33, 6, 3), dims(49, 33, r, r)),
                of(kernel, conv.padding(Extents.of(0, r - 1), Extents.of(1, 0)), dims(2, 5, 6, 5), dims(6, 5, r, r)),
                of(kernel, conv.padding(half).activation(Activation.RELU), dims(3, 17, 3, 3), dims(1, 17, r, r)),
                of(kernel, conv.padding(half).activation(Activation.RELU).add(true), dims(2, 17, 9, 7), dims(37, 17, r, r)),
                of(kernel, conv.padding(half), dims(20, 16, 9, 9), dims(32, 16, r, r)),
                // Gradients of the weights from several parts of the tiles, and from tiles that all threads share.
                of(kernel, conv.padding(half), dims(30, 3, 12, 12), dims(5, 3, r, r)),
                of(kernel, conv.padding(half).add(true), dims(1, 144, 5, 4), dims(128, 144, r, r)));
    }

    /**
     * Winograd adds and subtracts before it multiplies, which enlarges rounding errors. In one dimension the absolute values of its
     * three transforms multiply to at most 16 times the sum that they compute for 4x4 tiles, 8/3 times for 2x2 tiles and 11.6 times for
     * 2x2 tiles of 5x5 filters; random data stays within the square of the root of that, which is the bound tested here and stated in the
     * documentation.
     */
    @TestFactory
    Stream<DynamicTest> winogradKeepsTheContractWithinItsBound() {
        return OpContract.tests(Stream.of(winograd("own:winograd-4x4", 3).map(c -> c.ulps(4 * 16)),
                winograd("own:winograd-2x2", 3).map(c -> c.ulps(4 * 3)),
                winograd("own:winograd-2x2-5x5", 5).map(c -> c.ulps(4 * 12))).flatMap(c -> c).toArray(OpCase[]::new));
    }

    @Tag("fuzz")
    @Test
    void winogradFindsRandomImagesRight() {
        Fuzz.run("winograd", 4, random -> {
            var bound = new int[] {16, 3, 12}[random.nextInt(3)];
            var kernel = bound == 16 ? "own:winograd-4x4" : bound == 3 ? "own:winograd-2x2" : "own:winograd-2x2-5x5";
            var r = bound == 12 ? 5 : 3;
            var conv = Conv.of(2).padding(Extents.of(random.nextInt(r), random.nextInt(r)),
                    Extents.of(random.nextInt(r), random.nextInt(r)));
            var ic = random.nextInt(1, random.nextInt(3) == 0 ? 40 : 8);
            var oc = random.nextInt(1, random.nextInt(3) == 0 ? 40 : 8);
            var c = of(kernel, conv, dims(random.nextInt(1, 4), ic, random.nextInt(r, 11), random.nextInt(r, 11)), dims(oc, ic, r, r));
            Fuzz.check(c.ulps(4 * bound), random);
        });
    }

    @TestFactory
    Stream<DynamicTest> lanesKeepTheContract() {
        var conv = Conv.of(2);
        var kernel = "own:lane";
        return OpContract.tests(Stream.of(
                of(kernel, conv.padding(2), dims(16, 1, 9, 8), dims(6, 1, 5, 5)),
                of(kernel, conv, dims(33, 6, 6, 7), dims(16, 6, 5, 5)),
                of(kernel, conv, dims(70, 4, 5, 5), dims(13, 4, 5, 5)),
                of(kernel, conv.activation(Activation.RELU).padding(1), dims(5, 3, 4, 6), dims(7, 3, 3, 3)),
                of(kernel, conv.dilation(2).padding(3), dims(3, 2, 11, 8), dims(5, 2, 7, 3)),
                of(kernel, conv.padding(1), dims(65, 2, 3, 2), dims(9, 2, 3, 3)),
                of(kernel, conv.padding(Extents.of(0, 2), Extents.of(3, 1)), dims(17, 3, 5, 6), dims(4, 3, 4, 3)),
                // Rows of 14 and 18 places, rows of the gradient in several slabs, more runs of taps than are summed at a time.
                of(kernel, conv, dims(18, 3, 8, 18), dims(16, 3, 5, 5)),
                of(kernel, conv, dims(20, 1, 12, 32), dims(6, 1, 5, 5)),
                of(kernel, conv.padding(4, 5), dims(17, 2, 7, 12), dims(5, 2, 9, 11)))
                .map(OpCase::exact).toArray(OpCase[]::new));
    }

    /** Strides leave the gradient towards x to another kernel, in the lane layout all the same. */
    @TestFactory
    Stream<DynamicTest> lanesKeepTheContractWithStrides() {
        return OpContract.tests(of("own:lane", Conv.of(2).stride(3, 2).padding(1), dims(20, 3, 9, 12), dims(7, 3, 3, 3)).exact());
    }

    /** Filters that cover the whole input, in both layouts, batches that do and do not fill the lanes. */
    @TestFactory
    Stream<DynamicTest> denseLayersKeepTheContract() {
        var conv = Conv.of(2);
        var kernel = "own:dense";
        return OpContract.tests(Stream.of(
                of(kernel, conv, dims(16, 16, 5, 5), dims(20, 16, 5, 5)),
                of(kernel, conv.activation(Activation.RELU), dims(5, 3, 4, 6), dims(7, 3, 4, 6)),
                of(kernel, conv.activation(Activation.RELU), dims(37, 2, 3, 2), dims(33, 2, 3, 2)),
                of(kernel, conv, dims(1, 70, 1, 1), dims(9, 70, 1, 1)))
                .map(OpCase::exact).toArray(OpCase[]::new));
    }

    @Test
    void denseLayersAreTakenAsSuch() {
        try (var session = Session.open(Session.options().provider("own"))) {
            session.profiling(true);
            try (var step = session.step(Mode.EVAL)) {
                step.zeros(Shape.of(64, 16, 5, 5)).conv(Conv.of(2), session.parameter("w", Shape.of(120, 16, 5, 5)), null);
            }
            assertEquals(1, session.profile(Mode.EVAL).stream().filter(row -> row.implementation().contains("own:dense")).count());
        }
    }

    @Test
    void kernelsThatAreNamedAreTaken() {
        for (var isa : Tiers.available()) {
            for (var kernel : List.of("own:winograd-4x4", "own:winograd-2x2", "own:winograd-2x2-5x5", "own:lane")) {
                var r = kernel.endsWith("5x5") ? 5 : 3;
                try (var session = Session.open(Session.options().isa(isa).prefer(kernel))) {
                    session.profiling(true);
                    try (var step = session.step(Mode.TRAIN)) {
                        var w = session.parameter("w", Shape.of(32, 16, r, r));
                        var x = step.zeros(Shape.of(16, 16, 8, 8)).track();
                        var y = x.conv(Conv.of(2).padding(r / 2), w, null);
                        step.backward(y, fovea.Gradients.REPLACE, new float[16 * 32 * 64]);
                    }
                    var conv = session.profile(Mode.TRAIN).stream().filter(row -> row.op().startsWith("Conv")).findFirst().orElseThrow();
                    assertEquals(3, conv.implementation().split(kernel, -1).length - 1, isa + ": " + conv.implementation());
                }
            }
        }
    }

    @Test
    void winogradCanBeSwitchedOff() {
        try (var session = Session.open(Session.options().winograd(false).prefer("own:winograd-4x4"))) {
            session.profiling(true);
            try (var step = session.step(Mode.EVAL)) {
                var w = session.parameter("w", Shape.of(16, 16, 3, 3));
                step.zeros(Shape.of(1, 16, 8, 8)).conv(Conv.of(2).padding(1), w, null);
            }
            for (var row : session.profile(Mode.EVAL)) {
                assertEquals(-1, row.implementation().indexOf("winograd"), row.implementation());
            }
        }
    }
}
