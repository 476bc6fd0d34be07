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
import org.junit.jupiter.api.Test;

/** The pure Java contenders compute what they are compared for: small integers exactly as double loops, whole training steps as we do. */
class PureJavaTest {
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

    @Test
    void contendersOfTheBenchAgree() {
        for (var work : PureJavaBench.Work.values()) {
            var bench = new PureJavaBench();
            bench.work = work;
            bench.open();
            var own = bench.ownResult();
            var most = 0f;
            for (var v : own) {
                most = Math.max(most, Math.abs(v));
            }
            // Winograd's bound is for the largest element; its transforms round a few times more than a sum of products.
            for (var other : List.of(bench.plainJava().clone(), bench.vectorApi().clone())) {
                assertArrayEquals(own, other, most * 0x1p-24f * 4096, work.name());
            }
            bench.close();
        }
    }

    /**
     * Gradients of the first step from the same weights. Both sides round each sum in an order of their own: relative to the norm of a
     * parameter's gradient, layer after layer, by about sqrt(terms) eps, which batch norm over few samples can make larger.
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
        // Winograd would round more.
        try (var session = Session.open(Session.options().winograd(false))) {
            var model = layer.build(session, image, 1);
            var parameters = model.parameters();
            assertEquals(parameters.size(), network.weights().size());
            for (var i = 0; i < parameters.size(); i++) {
                parameters.get(i).copyFrom(network.weights().get(i).value);
            }
            var sgd = new Sgd(parameters, new Sgd.Options(0.01, 0.9, 5e-4));
            try (var step = session.step(Mode.TRAIN)) {
                var loss = model.forward(step.of(Shape.of(batch).concat(image), x)).crossEntropy(step.ofInts(Shape.of(batch), labels));
                step.backward(loss);
                assertEquals(loss.item(), network.step(x, labels, 0.01f), 1e-4);
                for (var i = 0; i < parameters.size(); i++) {
                    var own = parameters.get(i).grad();
                    var other = network.weights().get(i).gradient;
                    var apart = 0.0;
                    var size = 0.0;
                    for (var k = 0; k < own.length; k++) {
                        apart += Math.pow(own[k] - other[k], 2);
                        size += Math.pow(own[k], 2);
                    }
                    var bound = 0x1p-24 * 64 * 256;
                    assertTrue(size > 0 && Math.sqrt(apart / size) < bound, parameters.get(i).name() + " is off by " + Math.sqrt(
                            apart / size));
                }
                sgd.step();
            }
            for (var i = 0; i < parameters.size(); i++) {
                assertArrayEquals(parameters.get(i).toArray(), network.weights().get(i).value, 1e-4f, parameters.get(i).name());
            }
        }
    }
}
