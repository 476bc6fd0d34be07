package fovea.support;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Step;
import fovea.Tensor;
import fovea.op.Reorder;
import fovea.runtime.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every op keeps, on every instruction set that the CPU has, with 1 and 2 threads, in every layout: exact results on small
 * integers, computed error bounds on real numbers, gradients against central differences of the double oracle, nothing read or
 * written past the end, padding lanes zero, nothing taken for granted about the memory it gets (freed memory is NaN here).
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> keepsTheContract() {
 *     return OpContract.tests(OpCase.of("relu", Relu.RELU).input(3, 5).exact().kinkAtZero().oracle(...));
 * }
 * }</pre>
 */
public final class OpContract {
    private static final double EPS = 0x1p-24;

    private OpContract() {
    }

    public static Stream<DynamicTest> tests(OpCase... cases) {
        return Arrays.stream(cases).map(c -> DynamicTest.dynamicTest(c.name, () -> check(c)));
    }

    public static void check(OpCase c) {
        for (var isa : c.bestTierOnly ? Tiers.available().reversed().subList(0, 1) : Tiers.available()) {
            for (var layout : Layout.values()) {
                if (layout != Layout.PLAIN && c.inputs.getFirst().shape().rank() < 2) {
                    continue;
                }
                var single = run(c, c.session.apply(Session.options().isa(isa).threads(1)), layout, false);
                var threads = run(c, c.session.apply(Session.options().isa(isa).threads(2)), layout, false);
                var guarded = run(c, c.session.apply(Session.options().isa(isa).threads(1)), layout, true);
                if (!c.threadsMatter) {
                    single.assertSameBits(threads, c + " on " + isa + " " + layout + ": 1 and 2 threads differ");
                }
                single.assertSameBits(guarded, c + " on " + isa + " " + layout + ": result depends on where the memory lies");
            }
        }
    }

    /** One configuration of those that {@link #check} goes through, drawn at random: for many random cases. */
    public static void sample(OpCase c, SplittableRandom random) {
        var tiers = Tiers.available();
        var isa = tiers.get(random.nextInt(tiers.size()));
        var provider = isa.equals(tiers.getLast()) && random.nextBoolean() ? "onednn" : "own";
        var options = Session.options().isa(isa).threads(1 + random.nextInt(2)).provider(provider);
        c.mostElements = 12;
        c.ulps = provider.equals("onednn") ? Math.max(c.ulps, c.onednnUlps) : c.ulps;
        var layouts = c.inputs.getFirst().shape().rank() < 2 ? 1 : Layout.values().length;
        var layout = Layout.values()[random.nextInt(layouts)];
        run(c, Fuzz.session(c.session.apply(options), random), layout, c + " with " + c.session.apply(options) + ", " + layout);
    }

    /** All numbers that one configuration produced, in order. */
    private static final class Trace {
        final List<float[]> results = new ArrayList<>();

        void assertSameBits(Trace other, String message) {
            for (var i = 0; i < results.size(); i++) {
                assertArrayEquals(results.get(i), other.results.get(i), message);
            }
        }
    }

    private static Trace run(OpCase c, Session.Options options, Layout layout, boolean guarded) {
        try (var session = Sessions.open(options.seed(7), guarded, c.plans)) {
            return run(c, session, layout, "%s on %s, %d threads, %s".formatted(c, options.isa(), options.threads(), layout));
        }
    }

    private static Trace run(OpCase c, Session session, Layout layout, String label) {
        var trace = new Trace();
        for (var integers : c.exact ? new boolean[] {true, false} : new boolean[] {false}) {
            var x = draw(c, integers);
            var expected = c.expected(integers, () -> c.oracle.forward(copy(x)));
            checkSubstance(c, expected[0]);
            for (var o = 0; o < expected.length; o++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var inputs = inputs(c, step, x);
                    var placed = placed(c, step, inputs, layout);
                    var outputs = step.applyAll(c.op, placed);
                    checkForward(c, label, integers, x, expected[o], outputs[o].toArray());
                    assertTrue(Sessions.paddingIsZero(outputs[o], false), () -> label + ": padding lanes of y are not zero");
                    trace.results.add(outputs[o].toArray());
                    if (!integers && outputs[o].type() == ElementType.F32 && wantsGradient(c)) {
                        checkGradient(c, label, step, x, inputs, placed, outputs, o, trace);
                    }
                }
            }
        }
        assertTrue(session.memory().steps() == 0, () -> label + ": the step keeps memory");
        return trace;
    }

    private static boolean wantsGradient(OpCase c) {
        return c.inputs.stream().anyMatch(OpCase.Input::gradient);
    }

    private static double[][] draw(OpCase c, boolean integers) {
        var random = new SplittableRandom(c.name.hashCode());
        var x = new double[c.inputs.size()][];
        for (var i = 0; i < x.length; i++) {
            var input = c.inputs.get(i);
            x[i] = new double[(int) input.shape().elements()];
            for (var k = 0; k < x[i].length; k++) {
                var v = (double) (float) input.source().next(random, integers);
                x[i][k] = !integers && Math.abs(v) < c.kinkMargin ? (float) Math.copySign(2 * c.kinkMargin, v) : v;
            }
        }
        if (c.distinct && !integers) {
            spread(x[0]);
        }
        return x;
    }

    private static void spread(double[] x) {
        var order = IntStream.range(0, x.length).boxed().sorted(Comparator.comparingDouble(i -> x[i])).toList();
        for (var rank = 0; rank < x.length; rank++) {
            x[order.get(rank)] = (float) (0.01 * (rank - x.length / 2) + 0.005);
        }
    }

    private static Tensor[] inputs(OpCase c, Step step, double[][] x) {
        var tensors = new Tensor[x.length];
        for (var i = 0; i < x.length; i++) {
            var input = c.inputs.get(i);
            tensors[i] = step.input(input.shape(), input.type());
            tensors[i].copyFrom(floats(x[i]));
            if (input.gradient()) {
                tensors[i].track();
            }
        }
        return tensors;
    }

    /** Copies of the inputs; the first one, and those of its shape, in the layout under test. */
    private static Tensor[] placed(OpCase c, Step step, Tensor[] inputs, Layout layout) {
        var placed = inputs.clone();
        for (var i = 0; i < placed.length; i++) {
            var moves = inputs[i].type() == ElementType.F32 && (inputs[i].shape().equals(inputs[0].shape())
                    || c.everyInputPlaced && inputs[i].shape().rank() >= 2);
            placed[i] = step.apply(new Reorder(moves ? layout.name() : Layout.PLAIN.name()), inputs[i]);
            if (c.inputs.get(i).gradient()) {
                placed[i].track();
            }
        }
        return placed;
    }

    private static void checkSubstance(OpCase c, double[] y) {
        var zeros = Arrays.stream(y).filter(v -> v == 0).count();
        if (!c.sparse && y.length >= 8 && zeros > 0.9 * y.length) {
            fail(c + ": the expected result is nearly all zeros and proves nothing");
        }
    }

    private static void checkForward(OpCase c, String label, boolean integers, double[][] x, double[] expected, float[] y) {
        var largest = Math.max(largest(expected), largestProduct(x)) * c.condition.applyAsDouble(x);
        for (var i = 0; i < expected.length; i++) {
            var bound = integers ? 0 : c.relative ? c.ulps * EPS * Math.abs(expected[i]) + Float.MIN_NORMAL
                    : c.ulps * EPS * c.terms * largest;
            var error = Math.abs(y[i] - expected[i]);
            if (!(error <= bound) && !(Double.isNaN(expected[i]) && Float.isNaN(y[i])) && expected[i] != y[i]) {
                fail("%s: y[%d] is %s, expected %s; error %.3g, bound %.3g%s".formatted(
                        label, i, y[i], expected[i], error, bound, integers ? " (small integers are exact)" : ""));
            }
        }
    }

    private static void checkGradient(OpCase c, String label, Step step, double[][] x, Tensor[] inputs, Tensor[] placed, Tensor[] outputs,
            int o, Trace trace) {
        var random = new SplittableRandom(c.name.hashCode() + 31L * o);
        var u = gaussian(random, (int) outputs[o].shape().elements());
        var steep = c.gradientScale * Math.pow(c.condition.applyAsDouble(x), 2);
        var y = step.apply(new Reorder(Layout.PLAIN.name()), outputs[o]);
        // What backward has not asked to be saved is gone (and NaN) from here on.
        Sessions.discard(step, placed);
        Sessions.discard(step, outputs);
        step.backward(y, Gradients.REPLACE, floats(u));
        for (var i = 0; i < inputs.length; i++) {
            if (!c.inputs.get(i).gradient()) {
                continue;
            }
            var place = placed[i];
            assertTrue(Sessions.paddingIsZero(place, true), () -> label + ": padding lanes of a gradient are not zero");
            var dx = inputs[i].grad();
            trace.results.add(dx);
            var gradTerms = Math.max(c.terms, u.length * c.terms / dx.length);
            var scale = c.ulps * EPS * gradTerms * steep * Math.max(1, largest(u)) * Math.max(1, largestProduct(x));
            checkDirection(c, label, x, i, u, o, dx, scale, steep, random);
            for (var k = 0; dx.length <= c.mostElements && k < dx.length; k++) {
                var v = new double[dx.length];
                v[k] = 1;
                var expected = difference(c, x, i, k, v, u, o);
                if (!(Math.abs(dx[k] - expected) <= scale + 1e-6 * steep * Math.max(1, Math.abs(expected)))) {
                    fail("%s: gradient of input %d at %d is %s, differences of the oracle give %s".formatted(
                            label, i, k, dx[k], expected));
                }
            }
        }
    }

    /** One random direction sees every element: {@code <Jt u, v> = <u, J v>}. */
    private static void checkDirection(OpCase c, String label, double[][] x, int i, double[] u, int o, float[] dx, double scale,
            double steep, SplittableRandom random) {
        var v = gaussian(random, dx.length);
        var expected = difference(c, x, i, -1, v, u, o);
        var actual = 0.0;
        var magnitude = 1.0;
        for (var k = 0; k < dx.length; k++) {
            actual += dx[k] * v[k];
            magnitude += Math.abs(dx[k] * v[k]);
        }
        var bound = scale * Math.sqrt(dx.length) * largest(v) + 1e-6 * steep * magnitude;
        if (!(Math.abs(actual - expected) <= bound)) {
            fail("%s: gradient of input %d along a random direction is %s, differences of the oracle give %s; bound %.3g".formatted(
                    label, i, actual, expected, bound));
        }
    }

    /** How the oracle changes along v, which is the same for every configuration: {@code k} tells which v it is. */
    private static double difference(OpCase c, double[][] x, int i, int k, double[] v, double[] u, int o) {
        return c.difference("%d of input %d, output %d".formatted(k, i, o), () -> differenceOf(c, x, i, v, u, o));
    }

    private static double differenceOf(OpCase c, double[][] x, int i, double[] v, double[] u, int o) {
        var h = 1e-4;
        var forward = c.oracle.forward(moved(x, i, v, h))[o];
        var backward = c.oracle.forward(moved(x, i, v, -h))[o];
        var sum = 0.0;
        for (var k = 0; k < u.length; k++) {
            sum += u[k] * (forward[k] - backward[k]) / (2 * h);
        }
        return sum;
    }

    private static double[][] moved(double[][] x, int i, double[] v, double h) {
        var copy = copy(x);
        for (var k = 0; k < v.length; k++) {
            copy[i][k] += h * v[k];
        }
        return copy;
    }

    private static double[] gaussian(SplittableRandom random, int n) {
        var v = new double[n];
        for (var k = 0; k < n; k++) {
            v[k] = (float) random.nextGaussian();
        }
        return v;
    }

    private static double[][] copy(double[][] x) {
        return Arrays.stream(x).map(double[]::clone).toArray(double[][]::new);
    }

    private static float[] floats(double[] x) {
        var y = new float[x.length];
        for (var i = 0; i < y.length; i++) {
            y[i] = (float) x[i];
        }
        return y;
    }

    private static double largest(double[] x) {
        return Arrays.stream(x).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    }

    private static double largestProduct(double[][] x) {
        var product = 1.0;
        for (var input : x) {
            product *= Math.max(1, largest(input));
        }
        return product;
    }
}
