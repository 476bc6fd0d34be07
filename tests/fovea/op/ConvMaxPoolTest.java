package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import fovea.oracle.ConvOracle;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ConvMaxPoolTest {
    private static final Window HALVES = Window.of(2, 2);

    /** Shapes and the implementation that is asked for. */
    private record Subject(String kernel, ConvMaxPool op, Shape x, Shape w) {
        static Subject of(String kernel, Conv conv, Window window, long[] x, long... w) {
            return new Subject(kernel, new ConvMaxPool(conv, window), Shape.of(x), Shape.of(w));
        }

        Shape full() {
            return op.conv().infer(List.of(Spec.f32(x), Spec.f32(w))).getFirst().shape();
        }

        @Override
        public String toString() {
            return "%s %s %s %s".formatted(kernel, op, x, w);
        }
    }

    private static long[] x(long... dims) {
        return dims;
    }

    /** Where kernels pool before they write (edges that belong to no window, parts of tiles), and where they do not. */
    private static Stream<Subject> subjects() {
        var conv = Conv.of(2).padding(1);
        var relu = conv.activation(Activation.RELU);
        var winograd = Stream.of("own:winograd-4x4", "own:winograd-2x2").flatMap(kernel -> Stream.of(
                Subject.of(kernel, relu, HALVES, x(2, 16, 8, 8), 16, 16, 3, 3),
                Subject.of(kernel, relu, HALVES, x(2, 20, 17, 17), 37, 20, 3, 3),
                Subject.of(kernel, conv, HALVES, x(1, 3, 6, 5), 5, 3, 3, 3),
                Subject.of(kernel, relu, HALVES, x(1, 144, 5, 7), 128, 144, 3, 3),
                Subject.of(kernel, relu, Window.of(3, 3).stride(2), x(1, 3, 8, 9), 5, 3, 3, 3)));
        return Stream.concat(winograd, Stream.of(
                Subject.of("own:winograd-2x2-5x5", relu, HALVES, x(2, 5, 7, 9), 18, 5, 5, 5),
                Subject.of("own:lane", Conv.of(2).padding(2).activation(Activation.RELU), HALVES, x(18, 1, 12, 17), 6, 1, 5, 5),
                Subject.of("own:lane", Conv.of(2), HALVES, x(33, 3, 11, 10), 9, 3, 5, 5),
                Subject.of("own:lane", relu, HALVES, x(65, 2, 3, 2), 9, 2, 3, 3),
                Subject.of("own:lane", relu, Window.of(3, 3).stride(2).padding(1), x(17, 2, 9, 8), 7, 2, 3, 3),
                Subject.of("own:direct", relu, HALVES, x(2, 20, 9, 8), 17, 20, 3, 3),
                Subject.of("own:direct", Conv.of(2).stride(2).padding(3), Window.of(3, 3).stride(2).padding(1), x(2, 3, 19, 18), 20, 3, 7,
                        7),
                Subject.of("own:plain", relu, Window.of(3, 2).stride(2).rounding(Rounding.CEIL), x(2, 3, 8, 8), 5, 3, 3, 3),
                Subject.of("own:depthwise", relu.groups(20), HALVES, x(2, 20, 7, 6), 20, 1, 3, 3),
                Subject.of("own:plain", Conv.of(1).activation(Activation.RELU), Window.of(2), x(2, 3, 20), 4, 3, 3),
                Subject.of("own:direct", Conv.of(3), Window.of(2, 2, 2), x(1, 2, 4, 5, 6), 3, 2, 1, 2, 3)));
    }

    private static OpCase contract(Subject s) {
        var conv = ConvOracle.of(s.op.conv(), s.x, s.w);
        var full = s.full();
        var windows = Pools.sliding(full, s.op.window());
        var c = OpCase.of(s.toString(), s.op).input(s.x.toArray()).input(s.w.toArray()).input(s.w.dim(0)).terms(conv.terms())
                .session(o -> o.provider("own").prefer(s.kernel))
                .oracle(in -> new double[][] {Pools.map(conv.forward(in), full, windows, (v, plane, reads) -> Arrays.stream(
                        reads.positions()).mapToDouble(p -> v[plane + p]).max().orElseThrow())});
        // The factor of Winograd's largest transforms; see ConvKernelsTest.
        return s.kernel.contains("winograd") ? c.ulps(4 * 16) : c.exact();
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(subjects().map(ConvMaxPoolTest::contract).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractWithOneDnn() {
        return OpContract
                .tests(subjects().filter(s -> s.kernel.equals("own:direct")).map(s -> contract(s).onednn()).toArray(OpCase[]::new));
    }

    private static float[] numbers(Shape shape, long seed, boolean whole) {
        var random = new SplittableRandom(seed);
        var values = new float[(int) shape.elements()];
        for (var i = 0; i < values.length; i++) {
            values[i] = whole ? random.nextInt(-1, 2) : (float) random.nextGaussian();
        }
        return values;
    }

    /** x, w and b; special ones are whole numbers, which make ties in windows, and a NaN here and there in x. */
    private static Tensor[] inputs(Step step, Subject s, boolean special) {
        var x = numbers(s.x, 1, special);
        for (var i = 40; special && i < x.length; i += 97) {
            x[i] = Float.NaN;
        }
        var filters = Shape.of(s.w.dim(0));
        return new Tensor[] {step.of(s.x, x), step.of(s.w, numbers(s.w, 2, special)), step.of(filters, numbers(filters, 3, special))};
    }

    /** y and all gradients; those of y are whole numbers, so that sums of them have no order. */
    private static List<float[]> results(Session session, Subject s, boolean fused, boolean special) {
        try (var step = session.step(Mode.TRAIN)) {
            var inputs = inputs(step, s, special);
            Stream.of(inputs).forEach(Tensor::track);
            var y = fused ? step.apply(s.op, inputs) : step.apply(s.op.conv(), inputs).maxPool(s.op.window());
            var dy = numbers(y.shape(), 4, false);
            for (var i = 0; i < dy.length; i++) {
                dy[i] = Math.round(4 * dy[i]);
            }
            var values = y.toArray();
            step.backward(y, Gradients.REPLACE, dy);
            return List.of(values, inputs[0].grad(), inputs[1].grad(), inputs[2].grad());
        }
    }

    private static float[] predicted(Session session, Subject s, boolean fused) {
        try (var step = session.step(Mode.EVAL)) {
            var inputs = inputs(step, s, true);
            return (fused ? step.apply(s.op, inputs) : step.apply(s.op.conv(), inputs).maxPool(s.op.window())).toArray();
        }
    }

    /** Nothing is computed in another way, so nothing may differ: ties, NaN and what lies in no window included. */
    @TestFactory
    Stream<DynamicTest> givesTheBitsOfAConvolutionAndAPoolThatFollowsIt() {
        return subjects().map(s -> DynamicTest.dynamicTest(s.toString(), () -> {
            for (var isa : Tiers.available()) {
                for (var threads : new int[] {1, 2}) {
                    try (var session = Session.open(Session.options().isa(isa).threads(threads).provider("own").prefer(s.kernel))) {
                        for (var special : new boolean[] {false, true}) {
                            var expected = results(session, s, false, special);
                            var actual = results(session, s, true, special);
                            for (var i = 0; i < expected.size(); i++) {
                                var what = "%s, %d threads: %s%s".formatted(isa, threads, List.of("y", "dx", "dw", "db").get(i),
                                        special ? " of special values" : "");
                                assertArrayEquals(expected.get(i), actual.get(i), what);
                            }
                        }
                        assertArrayEquals(predicted(session, s, false), predicted(session, s, true), isa + " in EVAL");
                    }
                }
            }
        }));
    }

    private static void refused(String message, Runnable wrong) {
        var e = assertThrows(IllegalArgumentException.class, wrong::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void refusesWhatDoesNotFitTogether() {
        refused("pool the sum by itself", () -> new ConvMaxPool(Conv.of(2).add(true), HALVES));
        refused("a convolution over 1 axes and windows 2x2 over 2", () -> new ConvMaxPool(Conv.of(1), HALVES));
        refused("convMaxPool: window 2x2 spans 2 positions, axis 2 of [1, 4, 1, 6] has 1",
                () -> new ConvMaxPool(Conv.of(2), HALVES).infer(List.of(Spec.f32(Shape.of(1, 3, 3, 8)), Spec.f32(Shape.of(4, 3, 3, 3)))));
    }
}
