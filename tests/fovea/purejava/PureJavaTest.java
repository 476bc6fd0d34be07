package fovea.purejava;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.nn.Layer;
import fovea.op.Conv;
import fovea.optim.Sgd;
import fovea.oracle.ConvOracle;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The pure Java contenders compute what they are compared for: small integers exactly as double loops, whole training steps as we do. */
class PureJavaTest {
    private static final double EPS = 0x1p-24;
    private static final List<Arithmetic> BOTH = List.of(new PlainJava(), new VectorApi());

    private static float[] integers(int n, SplittableRandom random) {
        var x = new float[n];
        for (var i = 0; i < n; i++) {
            x[i] = random.nextInt(-4, 5);
        }
        return x;
    }

    private static double[] doubles(float[] x) {
        var y = new double[x.length];
        for (var i = 0; i < x.length; i++) {
            y[i] = x[i];
        }
        return y;
    }

    @Test
    void productsOfSmallIntegersAreExact() {
        var random = new SplittableRandom(1);
        for (var size : new int[][] {{1, 1, 1}, {7, 33, 5}, {6, 256, 256}, {97, 300, 257}, {13, 31, 515}, {200, 17, 9}}) {
            var m = size[0];
            var n = size[1];
            var k = size[2];
            for (var which = 0; which < 8; which++) {
                var ta = (which & 1) != 0;
                var tb = (which & 2) != 0;
                var a = integers(m * k, random);
                var b = integers(k * n, random);
                var before = integers(m * n, random);
                var expected = which >= 4 ? before.clone() : new float[m * n];
                for (var i = 0; i < m; i++) {
                    for (var j = 0; j < n; j++) {
                        for (var r = 0; r < k; r++) {
                            expected[i * n + j] += a[ta ? r * m + i : i * k + r] * b[tb ? j * k + r : r * n + j];
                        }
                    }
                }
                for (var arithmetic : BOTH) {
                    var c = before.clone();
                    Product.gemm(arithmetic, m, n, k, a, ta, b, tb, c, which >= 4);
                    assertArrayEquals(expected, c, arithmetic.getClass().getSimpleName() + " " + m + " " + n + " " + k + " " + which);
                }
            }
        }
    }

    @Test
    void convolutionsAreExactInAllThreePasses() {
        var random = new SplittableRandom(2);
        for (var c : List.of(new Convolution(3, 1, 28, 28, 6, 5, 5, 1, 2), new Convolution(5, 6, 14, 14, 16, 5, 5, 1, 0),
                new Convolution(2, 3, 9, 11, 7, 3, 2, 2, 1), new Convolution(1, 4, 8, 8, 5, 1, 1, 1, 0),
                new Convolution(4, 40, 7, 7, 9, 3, 3, 1, 1), new Convolution(2, 2, 13, 13, 3, 5, 5, 3, 2))) {
            var x = integers(c.n() * c.ic() * c.ih() * c.iw(), random);
            var w = integers(c.oc() * c.ic() * c.kh() * c.kw(), random);
            var b = integers(c.oc(), random);
            var dy = integers(c.n() * c.oc() * c.oh() * c.ow(), random);
            var oracle = ConvOracle.of(Conv.of(2).stride(c.stride()).padding(c.pad()), Shape.of(c.n(), c.ic(), c.ih(), c.iw()), Shape.of(
                    c.oc(), c.ic(), c.kh(), c.kw()));
            var y = oracle.forward(doubles(x), doubles(w), doubles(b));
            var gradients = oracle.backward(doubles(dy), doubles(x), doubles(w), y);
            for (var arithmetic : BOTH) {
                var name = arithmetic.getClass().getSimpleName() + " " + c;
                var found = new float[dy.length];
                c.forward(arithmetic, found, x, w, b, false);
                assertArrayEquals(y, doubles(found), 0, name);
                var dx = new float[x.length];
                c.data(arithmetic, dx, dy, w);
                assertArrayEquals(gradients[0], doubles(dx), 0, name);
                var dw = new float[w.length];
                var db = new float[b.length];
                c.weights(arithmetic, dw, db, dy, x);
                assertArrayEquals(gradients[1], doubles(dw), 0, name);
                assertArrayEquals(gradients[2], doubles(db), 0, name);
            }
        }
    }

    @Test
    void theFirstOfEqualsIsTheLargestOfAWindow() {
        var random = new SplittableRandom(3);
        var pool = new MaxPooling(5, 6, 44);
        var x = integers(5 * 6 * 44, random);
        for (var arithmetic : BOTH) {
            var y = new float[pool.outputs()];
            var which = new byte[pool.outputs()];
            pool.forward(arithmetic, y, which, x);
            var dx = new float[x.length];
            pool.backward(dx, y, which);
            var expected = new float[x.length];
            for (var i = 0; i < y.length; i++) {
                var best = -1;
                for (var k = 0; k < 4; k++) {
                    var at = (i / 22 * 2 + k / 2) * 44 + i % 22 * 2 + k % 2;
                    best = best < 0 || x[at] > x[best] ? at : best;
                }
                assertEquals(x[best], y[i]);
                expected[best] = y[i];
            }
            assertArrayEquals(expected, dx);
        }
    }

    @Test
    void aTrainingStepOfLeNetIsOurs() {
        for (var arithmetic : BOTH) {
            compare(Network.lenet(arithmetic, 8), TrainingBench.Kind.LENET.layer(), Shape.of(1, 28, 28), 8);
        }
    }

    @Test
    void aTrainingStepOfAVggIsOurs() {
        for (var arithmetic : BOTH) {
            compare(Network.vgg(arithmetic, 4), TrainingBench.Kind.VGG.layer(), Shape.of(3, 32, 32), 4);
        }
    }

    /**
     * The bench's numbers are multiples of 1/128 whose sums of products are exact, but for Winograd's transforms: ours may use those of 4x4
     * tiles, which enlarge roundings by 16 as {@code ConvKernelsTest} says.
     */
    @Test
    void contendersOfTheBenchAgree() {
        for (var work : PureJavaBench.Work.values()) {
            var bench = new PureJavaBench();
            bench.work = work;
            bench.open();
            var own = bench.ownResult();
            var plain = bench.plainJava().clone();
            assertArrayEquals(plain, bench.vectorApi(), work.name());
            var c = work.convolution;
            var terms = c == null ? 0
                    : own.length == c.oc() * c.ic() * c.kh() * c.kw() ? c.n() * c.oh() * c.ow() : c.ic() * c.kh() * c.kw();
            assertArrayEquals(plain, own, 4 * 16 * terms * (float) EPS, work.name());
            bench.close();
        }
    }

    /** A step of ours. */
    private record Step(double loss, List<float[]> gradients, List<float[]> updated) {
    }

    /**
     * One step from the same weights. Rounding a sum of n products is as if each weight in it were off by up to n eps of itself, so the
     * bound is measured: how far a step of ours moves when all weights, and the pictures, are off by that, in random directions.
     */
    private static void compare(Network network, Layer layer, Shape image, int batch) {
        var random = new SplittableRandom(5);
        var x = new float[(int) (batch * image.elements())];
        for (var i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        var labels = new int[batch];
        for (var i = 0; i < batch; i++) {
            labels[i] = i * 3 % 10;
        }
        var weights = network.weights().stream().map(weight -> weight.value.clone()).toList();
        var ours = step(layer, image, x, labels, weights, null);
        var off = IntStream.range(0, 4).mapToObj(_ -> step(layer, image, x, labels, weights, random)).toList();
        assertEquals(ours.loss, network.step(x, labels, 0.01f), off.stream().mapToDouble(o -> Math.abs(o.loss - ours.loss)).max()
                .orElseThrow());
        for (var i = 0; i < weights.size(); i++) {
            var own = ours.gradients.get(i);
            var p = i;
            var bound = off.stream().mapToDouble(o -> distance(own, o.gradients.get(p))).max().orElseThrow();
            var apart = distance(own, network.weights().get(i).gradient);
            assertTrue(bound > 0 && apart <= bound, "the gradient of parameter %d is off by %s, bound %s".formatted(i, apart, bound));
            // The rate times the gradient, and three roundings of what is no larger than the parameter and its change.
            var updated = ours.updated.get(i);
            var largest = IntStream.range(0, own.length).mapToDouble(k -> Math.abs(weights.get(p)[k]) + Math.abs(0.01 * own[k])).max()
                    .orElseThrow();
            assertArrayEquals(updated, network.weights().get(i).value, (float) (0.01 * bound + 3 * EPS * largest), "parameter " + i);
        }
    }

    private static Step step(Layer layer, Shape image, float[] x, int[] labels, List<float[]> weights, SplittableRandom off) {
        // Winograd would round more.
        try (var session = Session.open(Session.options().winograd(false))) {
            var model = layer.build(session, image, 1);
            var parameters = model.parameters();
            assertEquals(parameters.size(), weights.size());
            for (var i = 0; i < weights.size(); i++) {
                parameters.get(i).copyFrom(
                        off(weights.get(i), terms(parameters.get(i).shape(), (long) labels.length * image.dim(1) * image.dim(2)), off));
            }
            var sgd = new Sgd(parameters, new Sgd.Options(0.01, 0.9, 5e-4));
            var shape = Shape.of(labels.length).concat(image);
            double value;
            List<float[]> gradients;
            try (var step = session.step(Mode.TRAIN)) {
                var loss = model.forward(step.of(shape, off(x, 1, off))).crossEntropy(step.ofInts(Shape.of(labels.length), labels));
                step.backward(loss);
                value = loss.item();
                gradients = parameters.stream().map(p -> p.grad()).toList();
                sgd.step();
            }
            return new Step(value, gradients, parameters.stream().map(p -> p.toArray()).toList());
        }
    }

    /** Products in a sum: those of a filter, or all places of a batch where there is one number a channel. */
    private static long terms(Shape shape, long places) {
        return shape.rank() > 1 ? shape.elements() / shape.dim(0) : places;
    }

    private static float[] off(float[] x, long terms, SplittableRandom random) {
        var y = x.clone();
        for (var i = 0; i < y.length && random != null; i++) {
            y[i] *= (float) (1 + terms * EPS * (random.nextBoolean() ? 1 : -1));
        }
        return y;
    }

    private static double distance(float[] a, float[] b) {
        assertEquals(a.length, b.length);
        return Math.sqrt(IntStream.range(0, a.length).mapToDouble(k -> Math.pow((double) a[k] - b[k], 2)).sum());
    }
}
