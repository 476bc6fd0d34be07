package fovea.op;

import static fovea.op.MaxPoolTest.refused;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class AvgPoolTest {
    static OpCase of(Window window, boolean countPadding, long... dims) {
        var x = Shape.of(dims);
        return OpCase.of("avgPool " + window + (countPadding ? "" : " inside") + " of " + x, new AvgPool(window, countPadding))
                .input(dims).terms(window.kernel().volume()).oracle(in -> new double[][] {
                        Pools.map(in[0], x, Pools.sliding(x, window), (v, plane, reads) -> sum(v, plane, reads)
                                / (countPadding ? reads.padded() : reads.positions().length))});
    }

    private static OpCase sum(Window window, long... dims) {
        var x = Shape.of(dims);
        return OpCase.of("sumPool " + window + " of " + x, new SumPool(window)).input(dims).exact().terms(window.kernel().volume())
                .oracle(in -> new double[][] {Pools.map(in[0], x, Pools.sliding(x, window), AvgPoolTest::sum)});
    }

    static OpCase adaptive(Extents size, long... dims) {
        var x = Shape.of(dims);
        var windows = Pools.adaptive(x, size);
        var terms = windows.stream().mapToInt(reads -> reads.positions().length).max().orElseThrow();
        return OpCase.of("adaptiveAvgPool " + size + " of " + x, new AdaptiveAvgPool(size)).input(dims).terms(terms)
                .oracle(in -> new double[][] {
                        Pools.map(in[0], x, windows, (v, plane, reads) -> sum(v, plane, reads) / reads.positions().length)});
    }

    private static double sum(double[] x, int plane, Pools.Reads reads) {
        return Arrays.stream(reads.positions()).mapToDouble(p -> x[plane + p]).sum();
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(Window.of(2, 2), true, 2, 3, 8, 8).exact(), of(Window.of(2, 2), true, 17, 18, 9, 7).exact(),
                of(Window.of(3, 3).stride(2).padding(1), true, 2, 3, 9, 9), of(Window.of(3, 3).stride(2).padding(1), false, 2, 3, 9, 10),
                of(Window.of(3, 3).stride(1).padding(1), false, 1, 17, 6, 7), of(Window.of(2, 3).stride(2, 1), true, 1, 2, 6, 8),
                of(Window.of(3, 3).stride(2).padding(1).rounding(Rounding.CEIL), true, 2, 3, 10, 8),
                of(Window.of(3, 3).stride(2).padding(Extents.of(0, 0), Extents.of(1, 1)).rounding(Rounding.CEIL), false, 2, 3, 8, 9),
                of(Window.of(3, 3).stride(1).dilation(2).padding(1), true, 2, 3, 8, 9),
                of(Window.of(4).stride(3).padding(2), false, 2, 3, 40),
                of(Window.of(2, 2, 2), true, 2, 3, 4, 6, 7).exact(), of(Window.of(3, 3, 2).stride(2).padding(1), false, 1, 4, 6, 5, 9),
                of(Window.of(2, 2).stride(3), true, 2, 3, 11, 11), of(Window.of(7, 7).stride(3), true, 2, 3, 20, 17));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractWithoutADivisor() {
        return OpContract.tests(sum(Window.of(2, 2), 2, 3, 8, 8), sum(Window.of(3, 3).stride(2).padding(1), 2, 17, 9, 9),
                sum(Window.of(3).stride(1), 2, 3, 33));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractOverAdaptiveWindows() {
        return OpContract.tests(adaptive(Extents.of(1, 1), 2, 3, 7, 8), adaptive(Extents.of(1, 1), 17, 18, 7, 7),
                adaptive(Extents.of(2, 3), 3, 17, 7, 8),
                adaptive(Extents.of(7), 2, 3, 5), adaptive(Extents.of(3, 1, 2), 2, 3, 4, 5, 6), adaptive(Extents.of(1, 1), 2, 3, 70, 61),
                adaptive(Extents.of(1), 2, 3, 1), adaptive(Extents.of(6, 6), 1, 2, 13, 13));
    }

    @Tag("fuzz")
    @Test
    void findsRandomWindowsRight() {
        Fuzz.run("avgPool", 12, random -> {
            var drawn = Pools.Drawn.next(random);
            Fuzz.check(of(drawn.window(), random.nextBoolean(), drawn.x().toArray()).sparse(), random);
        });
        Fuzz.run("sumPool", 4, random -> {
            var drawn = Pools.Drawn.next(random);
            Fuzz.check(sum(drawn.window(), drawn.x().toArray()).sparse(), random);
        });
        Fuzz.run("adaptiveAvgPool", 4, random -> {
            var drawn = Pools.Resized.next(random);
            Fuzz.check(adaptive(drawn.size(), drawn.x().toArray()).sparse(), random);
        });
    }

    @Test
    void rejectsSizesAndShapesThatMakeNoSense() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.zeros(Shape.of(1, 1, 3, 5));
            refused(() -> x.adaptiveAvgPool(0, 2), "adaptiveAvgPool", "0x2", "at least 1");
            refused(() -> x.adaptiveAvgPool(2), "adaptiveAvgPool", "[1, 1, 3, 5]", "3 dimensions");
            refused(() -> x.avgPool2d(6), "avgPool2d", "6x6", "axis 2");
            refused(() -> step.zeros(Shape.of(2, 3)).globalAvgPool(), "0 spatial axes");
        }
    }
}
