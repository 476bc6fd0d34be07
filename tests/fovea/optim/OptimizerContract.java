package fovea.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Gradients;
import fovea.Mode;
import fovea.Parameter;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.support.Rounded;
import fovea.support.Tiers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What every optimizer keeps, on every instruction set, with 1 and 2 threads and at guard pages: it follows a plain double oracle
 * within the bound that running error analysis gives for every element, gives the same bits for any number of threads, and goes on
 * from its saved state bitwise.
 */
final class OptimizerContract {
    /** The same update without rounding, with the bound of what the kernel rounds, for one parameter. It keeps its state; t counts from 1. */
    @FunctionalInterface
    interface Oracle {
        void step(Rounded[] w, Rounded[] g, int t);
    }

    /** Around vector widths, and beyond what one task takes. */
    private static final long[] SIZES = {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 70, 40_000};
    private static final int STEPS = 6;

    private OptimizerContract() {
    }

    static void check(Function<List<Parameter>, Optimizer> make, Supplier<Oracle> oracle) {
        var expected = expected(oracle, SIZES);
        for (var isa : Tiers.available()) {
            var single = run(Session.open(Session.options().isa(isa).threads(1)), make, SIZES, false);
            var threads = run(Session.open(Session.options().isa(isa).threads(2)), make, SIZES, false);
            var guarded = run(Sessions.guarded(Session.options().isa(isa).threads(1)), make, SIZES, false);
            var resumed = run(Session.open(Session.options().isa(isa).threads(1)), make, SIZES, true);
            for (var p = 0; p < SIZES.length; p++) {
                var label = isa + ", " + SIZES[p] + " elements";
                assertArrayEquals(single.get(p), threads.get(p), label + ": 1 and 2 threads differ");
                assertArrayEquals(single.get(p), guarded.get(p), label + ": depends on where the memory lies");
                assertArrayEquals(single.get(p), resumed.get(p), label + ": a resumed run differs");
                compare(label, expected.get(p), single.get(p));
            }
        }
    }

    /** Parameters of any number and size, in one configuration of those that {@link #check} goes through. */
    static void sample(Function<List<Parameter>, Optimizer> make, Supplier<Oracle> oracle, SplittableRandom random) {
        var isa = Tiers.available().get(random.nextInt(Tiers.available().size()));
        var options = Session.options().isa(isa).threads(1 + random.nextInt(2));
        var sizes = random.longs(random.nextInt(1, 6), 1, random.nextBoolean() ? 20 : 600).toArray();
        // A session of its own each: parameters stay in theirs.
        var session = random.nextInt(4) == 0 ? Sessions.guarded(options) : Session.open(options);
        var actual = run(session, make, sizes, random.nextInt(4) == 0);
        var expected = expected(oracle, sizes);
        for (var p = 0; p < sizes.length; p++) {
            compare(options + ", " + sizes[p] + " elements", expected.get(p), actual.get(p));
        }
    }

    private static void compare(String label, Path path, float[] actual) {
        for (var i = 0; i < actual.length; i++) {
            var end = path.end[i];
            var error = Math.abs(actual[i] - end.value());
            if (!(error <= end.error())) {
                fail("%s: w[%d] is %s, the oracle has %s after a way of %.3g; error %.3g, bound %.3g".formatted(
                        label, i, actual[i], end.value(), path.way[i], error, end.error()));
            }
        }
        var way = Arrays.stream(path.way).average().orElseThrow();
        var bound = Arrays.stream(path.end).mapToDouble(Rounded::error).average().orElseThrow();
        assertTrue(way > 1e-4, label + ": the parameters did not move, so nothing is proven");
        assertTrue(bound < 1e-3 * way, label + ": a bound of " + bound + " for a way of " + way + " proves nothing");
    }

    /** Where the oracle went: how far in all steps together, and where it ended. */
    private record Path(double[] way, Rounded[] end) {
    }

    private static List<Path> expected(Supplier<Oracle> oracle, long[] sizes) {
        var all = new ArrayList<Path>();
        for (var p = 0; p < sizes.length; p++) {
            var w = exact(start(p, sizes[p]));
            var way = new double[w.length];
            var o = oracle.get();
            for (var t = 1; t <= STEPS; t++) {
                var before = w.clone();
                o.step(w, exact(gradient(p, t, sizes[p])), t);
                for (var i = 0; i < w.length; i++) {
                    way[i] += Math.abs(w[i].value() - before[i].value());
                }
            }
            all.add(new Path(way, w));
        }
        return all;
    }

    private static List<float[]> run(Session session, Function<List<Parameter>, Optimizer> make, long[] sizes,
            boolean resume) {
        try (session) {
            var parameters = new ArrayList<Parameter>();
            for (var p = 0; p < sizes.length; p++) {
                var w = session.parameter("p" + p, Shape.of(1, sizes[p]));
                w.copyFrom(floats(start(p, sizes[p])));
                parameters.add(w);
            }
            var optimizer = make.apply(parameters);
            for (var t = 1; t <= STEPS; t++) {
                if (resume && t == 4) {
                    var state = optimizer.state();
                    optimizer = make.apply(parameters);
                    optimizer.load(state);
                }
                for (var p = 0; p < sizes.length; p++) {
                    give(parameters.get(p), floats(gradient(p, t, sizes[p])));
                }
                optimizer.step();
            }
            return parameters.stream().map(Parameter::toArray).toList();
        }
    }

    /** Leaves exactly this gradient at a parameter. */
    static void give(Parameter w, float... gradient) {
        try (var step = w.session().step(Mode.TRAIN)) {
            step.backward(w.add(step.zeros(w.shape())), Gradients.REPLACE, gradient);
        }
    }

    private static double[] start(int p, long size) {
        return gaussian(1000 + p, (int) size, 0.5);
    }

    private static double[] gradient(int p, int t, long size) {
        return gaussian(77L * p + t, (int) size, 1);
    }

    private static double[] gaussian(long seed, int n, double deviation) {
        var random = new SplittableRandom(seed);
        var x = new double[n];
        for (var i = 0; i < n; i++) {
            x[i] = (float) (deviation * random.nextGaussian());
        }
        return x;
    }

    private static Rounded[] exact(double[] x) {
        return Arrays.stream(x).mapToObj(Rounded::exact).toArray(Rounded[]::new);
    }

    private static float[] floats(double[] x) {
        var y = new float[x.length];
        for (var i = 0; i < y.length; i++) {
            y[i] = (float) x[i];
        }
        return y;
    }
}
