package fovea.op;

import static fovea.op.MaxPoolTest.eachTierAndLayout;
import static fovea.op.MaxPoolTest.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
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

/** Lp, stochastic and trainable pooling. */
class PowerPoolTest {
    private static OpCase lp(float p, Window window, long... dims) {
        var x = Shape.of(dims);
        var made = OpCase.of("lpPool " + p + " " + window + " of " + x, new LpPool(window, p)).input(dims).kinkAtZero()
                .terms(window.kernel().volume()).ulps(8);
        // Near 0 the gradient of a power between 1 and 2 changes fast; the kink's margin of 0.01 bounds it.
        return made.gradientScale(p == 1 || p >= 2 ? 1 : 10).oracle(in -> new double[][] {
                Pools.map(in[0], x, Pools.sliding(x, window), (v, plane, reads) -> Math.pow(
                        Arrays.stream(reads.positions()).mapToDouble(i -> Math.pow(Math.abs(v[plane + i]), p)).sum(), 1.0 / p))});
    }

    private static OpCase expected(Window window, long... dims) {
        var x = Shape.of(dims);
        OpCase.Source mostlyPositive = (random, _) -> random.nextInt(4) == 0 ? -0.5 : 0.2 + Math.abs(random.nextGaussian());
        return OpCase.of("stochasticPool " + window + " of " + x, new StochasticPool(window, false)).input(mostlyPositive, dims)
                .terms(window.kernel().volume()).gradientScale(10).oracle(in -> new double[][] {
                        Pools.map(in[0], x, Pools.sliding(x, window), (v, plane, reads) -> {
                            var values = Arrays.stream(reads.positions()).mapToDouble(i -> Math.max(0, v[plane + i])).toArray();
                            var sum = Arrays.stream(values).sum();
                            return sum == 0 ? 0 : Arrays.stream(values).map(a -> a * a).sum() / sum;
                        })});
    }

    private static OpCase subSample(Window window, long... dims) {
        var x = Shape.of(dims);
        var places = window.over("pool", x).slice(2, dims.length).elements();
        return OpCase.of("subSample " + window + " of " + x, new SubSample(window)).input(dims).input(dims[1]).input(dims[1]).exact()
                .terms(window.kernel().volume()).oracle(in -> {
                    var y = Pools.map(in[0], x, Pools.sliding(x, window),
                            (v, plane, reads) -> Arrays.stream(reads.positions()).mapToDouble(i -> v[plane + i]).sum());
                    for (var i = 0; i < y.length; i++) {
                        var c = (int) (i / places % dims[1]);
                        y[i] = in[1][c] * y[i] + in[2][c];
                    }
                    return new double[][] {y};
                });
    }

    @TestFactory
    Stream<DynamicTest> lpPoolKeepsTheContract() {
        return OpContract.tests(lp(2, Window.of(2, 2), 2, 3, 6, 7), lp(2, Window.of(3, 3).stride(2).padding(1), 17, 18, 7, 6),
                lp(1, Window.of(3).stride(2), 2, 3, 20).exact(), lp(3, Window.of(2, 2), 2, 3, 6, 6),
                lp(2.5f, Window.of(3, 2).stride(1), 2, 17, 5, 6), lp(1.5f, Window.of(2, 2, 2), 1, 3, 4, 5, 6),
                lp(2, Window.of(2, 2).dilation(2).stride(1), 1, 2, 6, 6));
    }

    @TestFactory
    Stream<DynamicTest> stochasticPoolKeepsTheContractInEvaluation() {
        return OpContract.tests(expected(Window.of(2, 2), 2, 3, 6, 7), expected(Window.of(3, 3).stride(2).padding(1), 17, 18, 7, 6),
                expected(Window.of(3).stride(1), 2, 3, 20), expected(Window.of(2, 2, 2), 1, 3, 4, 5, 6));
    }

    @TestFactory
    Stream<DynamicTest> subSampleKeepsTheContract() {
        return OpContract.tests(subSample(Window.of(2, 2), 2, 6, 8, 8), subSample(Window.of(2, 2), 18, 17, 6, 4),
                subSample(Window.of(3, 3).stride(2).padding(1), 2, 3, 7, 8), subSample(Window.of(2), 3, 2, 9));
    }

    @Tag("fuzz")
    @Test
    void takesRootsOfRandomWindows() {
        Fuzz.run("lpPool", 6, random -> {
            var drawn = Pools.Drawn.next(random);
            Fuzz.check(lp(1 + random.nextInt(3), drawn.window(), drawn.x().toArray()), random);
        });
    }

    @Tag("fuzz")
    @Test
    void subSamplesRandomWindows() {
        Fuzz.run("subSample", 6, random -> {
            var drawn = Pools.Drawn.next(random);
            Fuzz.check(subSample(drawn.window(), drawn.x().toArray()).sparse(), random);
        });
    }

    @Tag("fuzz")
    @Test
    void expectsOfRandomWindows() {
        Fuzz.run("stochasticPool", 4, random -> {
            var drawn = Pools.Drawn.next(random);
            Fuzz.check(expected(drawn.window(), drawn.x().toArray()).sparse(), random);
        });
    }

    /** The session's first draw of uniform numbers is what a session of the same seed pools with first. */
    @Test
    void drawsFromTheDistributionOfItsWindowAndSendsTheGradientThere() {
        var shape = Shape.of(17, 18, 5, 7);
        var window = Window.of(3, 3).stride(2).padding(1);
        var windows = Pools.sliding(shape, window);
        float[] x;
        float[] uniform;
        try (var session = Session.open(Session.options().seed(11)); var step = session.step(Mode.TRAIN)) {
            uniform = step.uniform(window.over("pool", shape), 0, 1).toArray();
            x = step.normal(shape, 0.3f, 1).toArray();
        }
        var grads = new float[x.length];
        var drawn = new float[uniform.length];
        for (var i = 0; i < uniform.length; i++) {
            var plane = i / windows.size() * 35;
            var p = draw(x, plane, windows.get(i % windows.size()), uniform[i]);
            drawn[i] = p < 0 ? 0 : x[plane + p];
            if (p >= 0) {
                grads[plane + p] += 1;
            }
        }
        for (var isa : fovea.support.Tiers.available()) {
            for (var layout : fovea.runtime.Layout.values()) {
                for (var threads = 1; threads <= 2; threads++) {
                    try (var session = Session.open(Session.options().seed(11).isa(isa).threads(threads));
                            var step = session.step(Mode.TRAIN)) {
                        var input = step.of(shape, x).track();
                        var y = step.apply(new Reorder(layout.name()), input).stochasticPool(window);
                        assertArrayEquals(drawn, y.toArray(), isa + " " + layout);
                        var ones = new float[drawn.length];
                        Arrays.fill(ones, 1);
                        step.backward(y, Gradients.REPLACE, ones);
                        assertArrayEquals(grads, input.grad(), isa + " " + layout);
                    }
                }
            }
        }
    }

    private static int draw(float[] x, int plane, Pools.Reads reads, float uniform) {
        var total = 0f;
        for (var p : reads.positions()) {
            total += Math.max(0, x[plane + p]);
        }
        var soFar = 0f;
        var taken = -1;
        for (var p : reads.positions()) {
            if (x[plane + p] > 0) {
                taken = p;
            }
            soFar += Math.max(0, x[plane + p]);
            if (soFar > uniform * total) {
                break;
            }
        }
        return taken;
    }

    @Test
    void drawsEachElementAsOftenAsItsShare() {
        try (var session = Session.open(Session.options().seed(3)); var step = session.step(Mode.TRAIN)) {
            var n = 20_000;
            var x = new float[4 * n];
            for (var i = 0; i < n; i++) {
                System.arraycopy(new float[] {1, -3, 2, 5}, 0, x, 4 * i, 4);
            }
            var y = step.of(Shape.of(1, 1, n, 4), x).stochasticPool(Window.of(1, 4)).toArray();
            for (var share : List.of(1, 2, 5)) {
                var hits = 0;
                for (var v : y) {
                    hits += v == share ? 1 : 0;
                }
                // Five standard deviations of a binomial distribution.
                var p = share / 8.0;
                assertEquals(n * p, hits, 5 * Math.sqrt(n * p * (1 - p)), "share " + share);
            }
        }
    }

    @Test
    void drawsTheSameWhereItIsRunAgain() {
        try (var session = Session.open(Session.options().seed(3)); var step = session.step(Mode.TRAIN)) {
            var x = step.uniform(Shape.of(2, 3, 8, 8), 0.1f, 1).track();
            var y = step.checkpoint(v -> v.stochasticPool(Window.of(2, 2)), x);
            var values = y.toArray();
            step.backward(y, Gradients.REPLACE, values);
            var sum = 0.0;
            var chosen = x.toArray();
            var grad = x.grad();
            for (var i = 0; i < grad.length; i++) {
                assertTrue(grad[i] == 0 || grad[i] == chosen[i], "the gradient went where nothing was drawn");
                sum += grad[i];
            }
            var expected = 0.0;
            for (var v : values) {
                expected += v;
            }
            assertEquals(expected, sum, 1e-3);
        }
    }

    @Test
    void givesZeroWhereNothingIsPositiveAndLetsNaNThrough() {
        for (var mode : Mode.values()) {
            eachTierAndLayout((session, layout) -> {
                try (var step = session.step(mode)) {
                    var x = step.of(Shape.of(1, 1, 2, 4), -1, 0, Float.NaN, 1, -2, -0f, 2, 3);
                    var y = step.apply(new Reorder(layout.name()), x).stochasticPool(Window.of(2, 2)).toArray();
                    assertTrue(y[0] == 0 && Float.isNaN(y[1]), Arrays.toString(y));
                }
            });
        }
    }

    @Test
    void takesZeroForTheGradientOfAWindowOfZeros() {
        for (var p : new float[] {1, 1.5f, 2, 3}) {
            eachTierAndLayout((session, layout) -> {
                try (var step = session.step(Mode.TRAIN)) {
                    Tensor x = step.of(Shape.of(1, 1, 1, 4), 0, 0, 3, -4).track();
                    var y = step.apply(new Reorder(layout.name()), x).lpPool(Window.of(1, 2), p);
                    step.backward(y, Gradients.REPLACE, 5, 1);
                    var dx = x.grad();
                    assertTrue(dx[0] == 0 && dx[1] == 0 && dx[2] > 0 && dx[3] < 0, p + ": " + Arrays.toString(dx));
                }
            });
        }
    }

    @Test
    void rejectsWhatMakesNoSense() {
        refused(() -> new LpPool(Window.of(2), 0.5f), "lpPool", "p is 0.5");
        refused(() -> new LpPool(Window.of(2), Float.POSITIVE_INFINITY), "lpPool", "maxPool");
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.zeros(Shape.of(1, 3, 4, 4));
            var two = step.zeros(Shape.of(2));
            var three = step.zeros(Shape.of(3));
            refused(() -> x.subSample(Window.of(2, 2), three, two), "subSample2d", "bias is [2]", "[3]");
            refused(() -> x.lpPool(Window.of(5, 5), 2), "lpPool2d", "axis 2");
        }
    }
}
