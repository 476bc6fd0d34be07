package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.runtime.Layout;
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

class MaxPoolTest {
    static OpCase of(Window window, long... dims) {
        var x = Shape.of(dims);
        return OpCase.of("maxPool " + window + " of " + x, new MaxPool(window, true)).input(dims).exact().distinct()
                .oracle(in -> maxima(in[0], x, Pools.sliding(x, window)));
    }

    /** Without indices, which oneDNN does not give. */
    static OpCase values(Window window, long... dims) {
        var x = Shape.of(dims);
        return OpCase.of("maxPool " + window + " of " + x + " without indices", new MaxPool(window, false)).input(dims).exact().distinct()
                .oracle(in -> new double[][] {maxima(in[0], x, Pools.sliding(x, window))[0]});
    }

    private static OpCase adaptive(Extents size, long... dims) {
        var x = Shape.of(dims);
        return OpCase.of("adaptiveMaxPool " + size + " of " + x, new AdaptiveMaxPool(size, true)).input(dims).exact().distinct()
                .oracle(in -> maxima(in[0], x, Pools.adaptive(x, size)));
    }

    private static double[][] maxima(double[] x, Shape shape, List<Pools.Reads> windows) {
        return new double[][] {
                Pools.map(x, shape, windows, (v, plane, reads) -> v[plane + first(v, plane, reads)]),
                Pools.map(x, shape, windows, (v, plane, reads) -> first(v, plane, reads))};
    }

    private static int first(double[] x, int plane, Pools.Reads reads) {
        var best = reads.positions()[0];
        for (var p : reads.positions()) {
            best = x[plane + p] > x[plane + best] ? p : best;
        }
        return best;
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(
                of(Window.of(2, 2), 2, 3, 8, 8), of(Window.of(2, 2), 3, 17, 7, 9), of(Window.of(2, 2), 17, 6, 28, 28),
                of(Window.of(3, 3).stride(2), 2, 5, 13, 13), of(Window.of(3, 3).stride(2).padding(1), 1, 18, 17, 16),
                of(Window.of(3, 3).stride(1).padding(1), 2, 3, 10, 11), of(Window.of(2, 2).stride(1), 2, 3, 6, 5),
                of(Window.of(3, 3), 2, 3, 13, 11),
                of(Window.of(3, 2).stride(1, 3).padding(Extents.of(1, 0), Extents.of(0, 1)), 2, 3, 9, 10),
                of(Window.of(2, 2).stride(1).dilation(2), 1, 2, 9, 9),
                of(Window.of(3, 3).stride(2).dilation(2, 1).padding(2, 1), 2, 3, 12, 9),
                of(Window.of(3, 3).stride(2).rounding(Rounding.CEIL), 2, 3, 12, 14), of(Window.of(2, 2).stride(3), 2, 3, 11, 11),
                of(Window.of(2), 2, 3, 31), of(Window.of(3).stride(2).padding(1).rounding(Rounding.CEIL), 3, 2, 40),
                of(Window.of(5).stride(2), 2, 3, 70),
                of(Window.of(2, 2, 2), 2, 3, 4, 6, 7), of(Window.of(3, 2, 3).stride(2, 1, 2).padding(1), 1, 4, 6, 5, 9),
                of(Window.of(1, 1).stride(2), 2, 3, 7, 7), of(Window.of(3, 2).stride(2).rounding(Rounding.SAME), 2, 3, 8, 7),
                of(Window.of(3, 3).stride(1), 1, 1, 3, 3));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractWhereOffsetsNeedMoreThanAByte() {
        return OpContract.tests(of(Window.of(17, 16).stride(5), 2, 3, 24, 23), of(Window.of(300).stride(100), 2, 3, 700));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractOverAdaptiveWindows() {
        return OpContract.tests(adaptive(Extents.of(1, 1), 2, 3, 7, 8), adaptive(Extents.of(2, 3), 3, 17, 7, 8),
                adaptive(Extents.of(7), 2, 3, 5),
                adaptive(Extents.of(3, 1, 2), 2, 3, 4, 5, 6), adaptive(Extents.of(1, 1), 2, 3, 20, 17));
    }

    /** The plain layout passes large planes through lanes in slabs, whose windows overlap. */
    @TestFactory
    Stream<DynamicTest> keepsTheContractOverPlanesOfSeveralSlabs() {
        return OpContract.tests(of(Window.of(3, 3).stride(2).padding(1), 1, 2, 75, 80), of(Window.of(3, 3, 3).stride(1), 1, 1, 5, 30, 31),
                of(Window.of(3).stride(2), 1, 1, 5000));
    }

    @Tag("fuzz")
    @Test
    void findsRandomWindowsRight() {
        Fuzz.run("maxPool", 12, random -> {
            var drawn = Pools.Drawn.next(random);
            Fuzz.check(of(drawn.window(), drawn.x().toArray()).sparse(), random);
        });
        Fuzz.run("adaptiveMaxPool", 4, random -> {
            var drawn = Pools.Resized.next(random);
            Fuzz.check(adaptive(drawn.size(), drawn.x().toArray()).sparse(), random);
        });
    }

    @Test
    void givesTheGradientOfATieToTheFirst() {
        eachTierAndLayout((session, layout) -> {
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.of(Shape.of(1, 1, 2, 2), 5, 5, 5, 5).track();
                var y = step.apply(new Reorder(layout.name()), x).maxPool2d(2);
                step.backward(y);
                assertArrayEquals(new float[] {1, 0, 0, 0}, x.grad());
            }
        });
    }

    @Test
    void letsNaNWinAndSendsTheGradientThere() {
        eachTierAndLayout((session, layout) -> {
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.of(Shape.of(1, 2, 3, 3), 1, 2, 3, 4, Float.NaN, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9).track();
                var y = step.apply(new Reorder(layout.name()), x).maxPool2d(3);
                assertArrayEquals(new float[] {Float.NaN, 9}, y.toArray());
                step.backward(y, fovea.Gradients.REPLACE, 3, 4);
                assertArrayEquals(new float[] {0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, x.grad());
            }
        });
    }

    @Test
    void ordersInfinitiesAndSignedZeros() {
        var inf = Float.POSITIVE_INFINITY;
        eachTierAndLayout((session, layout) -> {
            try (var step = session.step(Mode.EVAL)) {
                var x = step.of(Shape.of(1, 1, 2, 8), -inf, -inf, -inf, 1, -inf, inf, -0f, 0, -inf, -inf, -1, -2, inf, -inf, 0, -0f);
                var y = step.applyAll(new MaxPool(Window.of(2, 2), true), step.apply(new Reorder(layout.name()), x));
                assertArrayEquals(new float[] {-inf, 1, inf, -0f}, y[0].toArray());
                assertArrayEquals(new int[] {0, 3, 5, 6}, y[1].toIntArray());
            }
        });
    }

    /** Padding is minus infinity at most: a window whose elements are all that small still finds one of its own. */
    @Test
    void neverTakesPadding() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var low = new float[4];
            Arrays.fill(low, Float.NEGATIVE_INFINITY);
            var x = step.of(Shape.of(1, 1, 2, 2), low).track();
            var y = step.applyAll(new MaxPool(Window.of(3, 3).stride(1).padding(1), true), x);
            assertArrayEquals(low, y[0].toArray());
            assertArrayEquals(new int[] {0, 0, 0, 0}, y[1].toIntArray());
        }
    }

    @Test
    void commutesWithMonotoneMaps() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.normal(Shape.of(2, 5, 12, 12), 0, 1);
            var window = Window.of(3, 3).stride(2);
            assertArrayEquals(x.relu().maxPool(window).toArray(), x.maxPool(window).relu().toArray());
        }
    }

    @Test
    void needsNoIndicesWhereNoGradientIsWanted() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.normal(Shape.of(2, 5, 12, 12), 0, 1);
            var window = Window.of(2, 2);
            assertArrayEquals(x.maxPoolWithIndices(window)[0].toArray(), x.maxPool(window).toArray());
        }
    }

    interface Check {
        void run(Session session, Layout layout);
    }

    static void eachTierAndLayout(Check check) {
        for (var isa : Tiers.available()) {
            for (var layout : Layout.values()) {
                try (var session = Session.open(Session.options().isa(isa))) {
                    check.run(session, layout);
                }
            }
        }
    }

    @Test
    void rejectsPaddingLargerThanHalfTheKernel() {
        refused(() -> Window.of(3, 3).padding(0, 2), "padding 2 is more than half of kernel 3", "at most 1");
        Window.of(3, 3).dilation(2).padding(2);
    }

    @Test
    void rejectsNumbersThatMakeNoWindow() {
        refused(() -> Window.of(2, 0), "0", "at least 1");
        refused(() -> Window.of(2, 2).stride(0), "window 2x2", "stride 0x0", "at least 1");
        refused(() -> Window.of(2, 2).padding(-1), "window 2x2", "-1", "negative");
        refused(() -> Window.of(2, 2).dilation(1, 0), "window 2x2", "dilation 1x0", "at least 1");
        refused(() -> Window.of(2, 2, 2, 2), "4 spatial axes");
        refused(() -> Window.of(2, 2).stride(1, 2, 3), "[1, 2, 3]");
        refused(() -> Window.of(3, 3).padding(1).rounding(Rounding.SAME), "padding 1", "SAME");
    }

    @Test
    void rejectsInputsThatDoNotFit() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.zeros(Shape.of(1, 1, 3, 5));
            refused(() -> x.maxPool2d(4), "maxPool2d", "axis 2 of [1, 1, 3, 5]", "4x4", "smaller window");
            refused(() -> x.maxPool(Window.of(2, 2).rounding(Rounding.EXACT)), "maxPool2d", "(3 + 0 + 0 - 2) / 2 + 1 = 1.50", "axis 2");
            refused(() -> x.maxPool(Window.of(2)), "maxPool1d", "[1, 1, 3, 5]", "3 dimensions");
            refused(() -> x.maxPool(Window.of(2, 2).stride(1).dilation(4).padding(2)), "maxPool2d", "only padding along axis 2");
            var ids = step.input(Shape.of(1, 1, 4, 4), ElementType.I32);
            refused(() -> ids.maxPool2d(2), "maxPool2d", "I32", "F32");
        }
    }

    @Test
    void printsItsWindow() {
        assertEquals("3x3 stride 2x2 padding 1x1", Window.of(3, 3).stride(2).padding(1).toString());
        assertEquals("2x3 padding 0x1 and 1x0 dilation 2x1 rounding CEIL", Window.of(2, 3).padding(Extents.of(0, 1), Extents.of(1, 0))
                .dilation(2, 1).rounding(Rounding.CEIL).toString());
    }

    static void refused(org.junit.jupiter.api.function.Executable bad, String... parts) {
        var message = assertThrows(IllegalArgumentException.class, bad).getMessage();
        for (var part : parts) {
            assertTrue(message.contains(part), message);
        }
    }
}
