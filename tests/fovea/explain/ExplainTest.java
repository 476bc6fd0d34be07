package fovea.explain;

import static fovea.nn.Layers.avgPool2d;
import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.sequential;
import static fovea.nn.Layers.tanh;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.GradCheck;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.data.Digits;
import fovea.data.Loader;
import fovea.nn.Layer;
import fovea.nn.Model;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ExplainTest {
    private static final Shape IN = Shape.of(2, 9, 9);
    private static final Layer SMOOTH = sequential(conv2d(4, 3), tanh(), avgPool2d(2), conv2d(5, 2), tanh(), flatten(), dense(3));
    private static final Layer RECTIFIED = sequential(conv2d(4, 3), batchNorm(), relu(), maxPool2d(2), conv2d(5, 2), relu(), flatten(),
            dense(3));

    private static void with(Layer layer, Shape in, Consumer<Model> body) {
        try (var session = Session.open(Session.options().seed(3))) {
            body.accept(layer.build(session, in, 5));
        }
    }

    private static float[] noise(int n, long seed) {
        var random = new SplittableRandom(seed);
        var x = new float[n];
        for (var i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static double output(Model model, float[] x, int unit) {
        try (var step = model.session().step(Mode.EVAL)) {
            return model.forward(step.of(Shape.of(1).concat(model.inputShape()), x)).toArray()[unit];
        }
    }

    /** The network is smooth: a difference over 2h is off by rounding, eps |y| / h, and by h^2 times third derivatives. */
    @Test
    void aGradientIsWhatDifferencesOfTheOutputSay() {
        with(SMOOTH, IN, model -> {
            var x = noise(162, 1);
            var gradient = Saliency.gradient(model, x, 2);
            var h = 0x1p-5f;
            var scale = 0f;
            for (var g : gradient) {
                scale = Math.max(scale, Math.abs(g));
            }
            assertTrue(scale > 1e-3, "vacuous");
            for (var i = 0; i < x.length; i += 7) {
                var up = x.clone();
                var down = x.clone();
                up[i] += h;
                down[i] -= h;
                var near = (output(model, up, 2) - output(model, down, 2)) / (2 * h);
                up[i] += h;
                down[i] -= h;
                var far = (output(model, up, 2) - output(model, down, 2)) / (4 * h);
                // Richardson: what is left of the difference behaves as h^4, and a third of near - far bounds the h^2 part.
                var bound = Math.abs(near - far) + 8 * 0x1p-24 * (1 + Math.abs(output(model, x, 2))) / h;
                assertEquals((4 * near - far) / 3, gradient[i], bound, "element " + i);
            }
        });
    }

    @Test
    void integratedGradientsAddUpToTheDifferenceOfTheOutputs() {
        with(SMOOTH, IN, model -> {
            var x = noise(162, 1);
            var baseline = noise(162, 2);
            var difference = output(model, x, 1) - output(model, baseline, 1);
            var coarse = sum(Saliency.integrated(model, x, baseline, 1, 64)) - difference;
            // The midpoint rule's error falls with the square of the points: half as many are off by four times as much.
            var coarser = sum(Saliency.integrated(model, x, baseline, 1, 32)) - difference;
            // Each sum of 64 gradients, each gradient a sum over at most 162 places.
            var terms = 0.0;
            for (var share : Saliency.integrated(model, x, baseline, 1, 64)) {
                terms += Math.abs(share);
            }
            assertTrue(Math.abs(coarse) <= Math.abs(coarser) / 2 + (64 + 162) * 0x1p-24 * terms, coarse + " after " + coarser);
            assertTrue(Math.abs(coarse) < Math.abs(difference) / 50, coarse + " of " + difference);
        });
    }

    private static double sum(float[] x) {
        var sum = 0.0;
        for (var v : x) {
            sum += v;
        }
        return sum;
    }

    @Test
    void smoothGradientsWithoutNoiseAreTheGradientAndWithItDrawTheSameAgain() {
        with(RECTIFIED, IN, model -> {
            var x = noise(162, 1);
            assertArrayEquals(Saliency.gradient(model, x, 0), Saliency.smooth(model, x, 0, 1, 0, 1));
            assertArrayEquals(Saliency.smooth(model, x, 0, 3, 0.1, 1), Saliency.smooth(model, x, 0, 3, 0.1, 1));
        });
    }

    /** Against the definition, step by step through a network of two layers. */
    @Test
    void guidedGradientsLeaveOutWhatIsNegativeBehindAReluAndHooksAreGoneAfterwards() {
        with(sequential(dense(6), relu(), dense(2)), Shape.of(4), model -> {
            var x = noise(4, 3);
            var w = model.parameter("0.weight").toArray();
            var b = model.parameter("0.bias").toArray();
            var v = model.parameter("2.weight").toArray();
            var expected = new double[4];
            var plain = new double[4];
            var terms = new double[4];
            for (var j = 0; j < 6; j++) {
                var hidden = (double) b[j];
                for (var i = 0; i < 4; i++) {
                    hidden += (double) w[j * 4 + i] * x[i];
                }
                for (var i = 0; i < 4 && hidden > 0; i++) {
                    expected[i] += Math.max(v[6 + j], 0) * w[j * 4 + i];
                    plain[i] += (double) v[6 + j] * w[j * 4 + i];
                    terms[i] += Math.abs((double) v[6 + j] * w[j * 4 + i]);
                }
            }
            var guided = Saliency.guided(model, x, 1);
            var gradient = Saliency.gradient(model, x, 1);
            for (var i = 0; i < 4; i++) {
                // Sums of six products, each rounded once.
                assertEquals(expected[i], guided[i], 7 * 0x1p-24 * terms[i]);
                assertEquals(plain[i], gradient[i], 7 * 0x1p-24 * terms[i]);
            }
        });
        with(SMOOTH, IN, model -> assertThrows(IllegalArgumentException.class, () -> Saliency.guided(model, noise(162, 1), 0)));
    }

    /** The layer is followed by a sum over places with weights of one's own, so the gradient of channel c is its weight everywhere. */
    @Test
    void gradCamIsTheWeightedSumOfChannelsCutOffBelowZero() {
        with(sequential(conv2d(3, 2), relu(), globalAvgPool(), flatten(), dense(2)), Shape.of(1, 4, 5), model -> {
            var x = noise(20, 4);
            var heat = Saliency.gradCam(model, x, 1, "1");
            assertEquals(3, heat.height());
            assertEquals(4, heat.width());
            var weights = model.parameter("4.weight").toArray();
            var features = new float[1][];
            try (var _ = model.onActivation("1", (_, y) -> {
                features[0] = y.toArray();
                return y;
            })) {
                output(model, x, 0);
            }
            var any = 0f;
            for (var i = 0; i < 12; i++) {
                var sum = 0.0;
                var terms = 0.0;
                for (var c = 0; c < 3; c++) {
                    var term = weights[3 + c] / 12.0 * features[0][c * 12 + i];
                    sum += term;
                    terms += Math.abs(term);
                }
                // A gradient is a quotient, its mean a sum of 12 and a quotient; then a sum of three products.
                assertEquals(Math.max(sum, 0), heat.values()[i], (1 + 12 + 1 + 3 + 1) * 0x1p-24 * terms);
                any += heat.values()[i];
            }
            assertTrue(any > 0, "vacuous");
            var large = heat.resized(6, 8);
            assertEquals(heat.values()[0], large.values()[0]);
            assertEquals(heat.values()[11], large.values()[47]);
            assertThrows(IllegalArgumentException.class, () -> Saliency.gradCam(model, x, 1, "4"));
        });
    }

    @Test
    void aDreamRaisesWhatItIsAskedToRaise() {
        with(RECTIFIED, IN, model -> {
            var start = new float[162];
            Arrays.fill(start, 0.5f);
            var dream = Dream.options().steps(20);
            for (var unit = 0; unit < 3; unit++) {
                var image = dream.maximize(model, start, Dream.output(unit));
                assertTrue(output(model, image, unit) > output(model, start, unit), "unit " + unit);
                for (var v : image) {
                    assertTrue(v >= 0 && v <= 1, "element " + v);
                }
            }
            assertTrue(energy(model, dream.maximize(model, start, Dream.energy("4"))) > energy(model, start));
            var channel = dream.maximize(model, start, Dream.channel("4", 2));
            assertArrayEquals(channel, dream.maximize(model, start, Dream.channel("4", 2)));
        });
        assertThrows(IllegalArgumentException.class, () -> Dream.options().range(1, 0));
        assertThrows(IllegalArgumentException.class, () -> Dream.options().steps(0));
    }

    private static double energy(Model model, float[] x) {
        var sum = new double[1];
        try (var _ = model.onActivation("4", (_, y) -> {
            for (var v : y.toArray()) {
                sum[0] += v * v;
            }
            return y;
        })) {
            output(model, x, 0);
        }
        return sum[0];
    }

    @Test
    void theGradientOfAGramMatrixIsWhatDifferencesSay() {
        try (var session = Session.open()) {
            GradCheck.of(session).input(2, 3, 4, 2).check(x -> Style.gram(x[0]));
            try (var step = session.step(Mode.EVAL)) {
                var gram = Style.gram(step.of(Shape.of(1, 2, 3), 1, 2, 3, 4, 5, 6)).toArray();
                double[] expected = {14 / 3.0, 32 / 3.0, 32 / 3.0, 77 / 3.0};
                for (var i = 0; i < 4; i++) {
                    // Products and sums are exact; the factor 1 / 6 and the product with it are rounded.
                    assertEquals(expected[i], gram[i], 2 * 0x1p-24 * expected[i]);
                }
                assertThrows(IllegalArgumentException.class, () -> Style.gram(step.of(Shape.of(2, 2), 1, 2, 3, 4)));
            }
        }
    }

    @Test
    void aTransferNearsTheStyleAndKeepsTheContentWhereThatAloneCounts() {
        with(sequential(conv2d(6, 3).padding(1), relu(), maxPool2d(2), conv2d(8, 3).padding(1), relu()), Shape.of(1, 8, 8), model -> {
            var content = new float[64];
            var style = new float[64];
            for (var i = 0; i < 64; i++) {
                content[i] = i / 8 < 4 ? 1 : 0;
                style[i] = i % 8 % 2;
            }
            var kept = new Style(List.of("1"), "4", 0, 1, 0).transfer(model, content, style, 5, 0.05);
            assertArrayEquals(content, kept, 0, "the gradient at the content itself is 0");
            var painted = new Style(List.of("1", "4"), "4", 1e3, 1e-3, 0).transfer(model, content, style, 60, 0.05);
            assertTrue(gramDistance(model, painted, style) < gramDistance(model, content, style) / 3);
        });
    }

    @Test
    void smoothnessIsTheGradientOfTheSquaredDifferencesOfNeighbours() {
        var shape = Shape.of(2, 3, 4);
        var x = noise(24, 6);
        var gradient = new float[24];
        new Style(List.of("1"), "1", 1, 1, 3).smoothen(x, shape, gradient);
        var h = 0x1p-10f;
        var largest = 0.0;
        for (var v : x) {
            largest = Math.max(largest, Math.abs(v) + h);
        }
        for (var i = 0; i < 24; i++) {
            var up = x.clone();
            var down = x.clone();
            up[i] += h;
            down[i] -= h;
            // Quadratic, so the difference is exact half-way between the moved elements, which rounding may shift by 2^-24 of the element.
            // The gradient is 1/4 of at most four differences of two elements: four roundings of differences, four of sums, two of factors.
            var bound = (1 + 10) * 0x1p-24 * 4 * 2 * largest / 4;
            assertEquals((roughness(up) - roughness(down)) / ((double) up[i] - down[i]), gradient[i], bound, "element " + i);
        }
    }

    /** 3 times the mean squared difference of neighbours in two planes of 3 x 4. */
    private static double roughness(float[] x) {
        var sum = 0.0;
        for (var i = 0; i < 24; i++) {
            sum += i % 4 < 3 ? Math.pow((double) x[i] - x[i + 1], 2) : 0;
            sum += i / 4 % 3 < 2 ? Math.pow((double) x[i] - x[i + 4], 2) : 0;
        }
        return 3 * sum / 24;
    }

    private static double gramDistance(Model model, float[] a, float[] b) {
        var grams = new float[2][];
        for (var i = 0; i < 2; i++) {
            var k = i;
            try (var _ = model.onActivation("1", (_, y) -> {
                grams[k] = Style.gram(y).toArray();
                return y;
            })) {
                output(model, i == 0 ? a : b, 0);
            }
        }
        var sum = 0.0;
        for (var i = 0; i < grams[0].length; i++) {
            sum += Math.pow(grams[0][i] - grams[1][i], 2);
        }
        return sum;
    }

    @Test
    void receptiveFieldsGrowAsTheArithmeticSaysAndGradientsReachNoFurther() {
        var chain = sequential(conv2d(3, 3).padding(1), relu(), maxPool2d(2), conv2d(3, 3).padding(2).dilation(2), avgPool2d(2),
                conv2d(2, 3).padding(1));
        var fields = ReceptiveField.of(chain);
        assertEquals(List.of(new ReceptiveField(3, 1), new ReceptiveField(4, 2), new ReceptiveField(12, 2), new ReceptiveField(14, 4),
                new ReceptiveField(22, 4)), fields);
        // A mean pool lets every path through; a max pool would let some.
        var open = sequential(conv2d(3, 3).padding(1), avgPool2d(2), conv2d(3, 3).padding(2).dilation(2), avgPool2d(2),
                conv2d(2, 3).padding(1));
        with(open, Shape.of(1, 40, 40), model -> {
            var map = ReceptiveField.measured(model, "4", noise(1600, 1), noise(1600, 2));
            int least = 40;
            int most = -1;
            for (var i = 0; i < map.length; i++) {
                if (map[i] > 0) {
                    least = Math.min(least, i % 40);
                    most = Math.max(most, i % 40);
                }
            }
            assertEquals(22, most - least + 1);
        });
        assertEquals(List.of(), ReceptiveField.of(sequential(residual(relu()))));
    }

    @Test
    void featuresComeInTheOrderOfTheDataWithTheLastShortBatch() {
        with(sequential(conv2d(2, 5), relu(), flatten(), dense(10)), Shape.of(1, 28, 28), model -> {
            var digits = Digits.test(7, 28, 0);
            var all = Features.of(model, "3", digits, Loader.options(3));
            assertEquals(7, all.rows().length);
            var ones = new float[7][];
            for (var i = 0; i < 7; i++) {
                ones[i] = Features.of(model, "3", digits.select(i), Loader.options(1)).rows()[0];
            }
            // With all weights positive, what every element is a sum of: 1152 products with sums of 25, and two biases, rounded twice.
            model.parameters().forEach(p -> {
                var elements = p.toArray();
                for (var k = 0; k < elements.length; k++) {
                    elements[k] = Math.abs(elements[k]);
                }
                p.copyFrom(elements);
            });
            var terms = Features.of(model, "3", digits, Loader.options(3)).rows();
            for (var i = 0; i < 7; i++) {
                assertEquals(digits.label(i), all.labels()[i]);
                for (var k = 0; k < 10; k++) {
                    assertEquals(ones[i][k], all.rows()[i][k], 2 * (1152 + 25 + 4) * 0x1p-24 * terms[i][k]);
                }
            }
        });
    }

    @Test
    void refusesOutputsAndSamplesThatAreNotThere() {
        with(SMOOTH, IN, model -> {
            var short1 = assertThrows(IllegalArgumentException.class, () -> Saliency.gradient(model, new float[5], 0));
            assertTrue(short1.getMessage().contains("[2, 9, 9]"), short1::getMessage);
            assertThrows(IllegalArgumentException.class, () -> Saliency.gradient(model, new float[162], 3));
            assertThrows(IllegalArgumentException.class, () -> ReceptiveField.measured(model, "1"));
        });
    }
}
