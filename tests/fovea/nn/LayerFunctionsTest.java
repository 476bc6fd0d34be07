package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.GradCheck;
import fovea.Losses;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.op.Reduction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the layers compute that are more than one op, and those that differ between TRAIN and EVAL. */
class LayerFunctionsTest {
    private static float[] eval(Layer layer, Shape in, float... x) {
        return run(Mode.EVAL, layer, in, x);
    }

    private static float[] run(Mode mode, Layer layer, Shape in, float... x) {
        try (var session = Session.open(Session.options().seed(3))) {
            var model = layer.build(session, in, 1);
            try (var step = session.step(mode)) {
                return model.forward(step.of(Shape.of(x.length / in.elements()).concat(in), x)).toArray();
            }
        }
    }

    private static float[] ones(int n) {
        var x = new float[n];
        java.util.Arrays.fill(x, 1);
        return x;
    }

    @Test
    void evaluationDropsNothing() {
        var x = new float[] {1, 2, 3, 4, 5, 6, 7, 8};
        for (var layer : new Layer[] {dropout(0.5f), channelDropout(0.5f), stochasticDepth(0.5f)}) {
            assertArrayEquals(x, eval(layer, Shape.of(2, 2, 1), x), layer.label());
            assertArrayEquals(x, run(Mode.TRAIN, new Dropping(0, ((Dropping) layer).per()), Shape.of(2, 2, 1), x), layer.label());
        }
    }

    /** 8 samples of 16 channels of 4 places, all 1: what is dropped together is 0 together, and the rest is 1 / (1 - p). */
    @Test
    void trainingDropsElementsChannelsOrSamplesAsAWhole() {
        var sizes = new int[] {1, 4, 64};
        var layers = new Dropping[] {dropout(0.25f), channelDropout(0.25f), stochasticDepth(0.25f)};
        for (var k = 0; k < 3; k++) {
            var y = run(Mode.TRAIN, layers[k], Shape.of(16, 2, 2), ones(8 * 64));
            var dropped = 0;
            for (var i = 0; i < y.length; i++) {
                assertTrue(y[i] == 0 || y[i] == 1 / 0.75f, layers[k].label());
                assertEquals(y[i - i % sizes[k]], y[i], layers[k].label() + " drops a whole");
                dropped += y[i] == 0 ? 1 : 0;
            }
            assertTrue(dropped > 0 && dropped < y.length, layers[k].label() + " dropped " + dropped);
        }
        var mixed = run(Mode.TRAIN, dropout(0.5f), Shape.of(64), ones(64));
        assertFalse(java.util.stream.IntStream.range(1, 64).allMatch(i -> mixed[i] == mixed[0]));
    }

    @Test
    void stochasticPoolingDrawsInTrainingAndAveragesInEvaluation() {
        var window = new float[] {1, 2, 0, 5};
        var drawn = run(Mode.TRAIN, stochasticPool2d(2), Shape.of(1, 2, 2), window)[0];
        assertTrue(drawn == 1 || drawn == 2 || drawn == 5, "drew " + drawn);
        assertEquals(30 / 8f, eval(stochasticPool2d(2), Shape.of(1, 2, 2), window)[0]);
        assertEquals(Math.sqrt(30), eval(lpPool2d(2), Shape.of(1, 2, 2), window)[0], 1e-6);
        assertEquals(8, eval(lpPool2d(2).power(1), Shape.of(1, 2, 2), window)[0], 1e-6);
    }

    @Test
    void slopesAreLearnedOrRandom() {
        var in = Shape.of(2, 2);
        assertArrayEquals(new float[] {-0.25f, 2, -0.5f, -1}, eval(prelu(), in, -1, 2, -2, -4));
        assertArrayEquals(new float[] {-0.5f, 2, -1, -2}, eval(prelu().perChannel(true).init(Init.of(0.5f, 0.5f)), in, -1, 2, -2, -4));
        assertArrayEquals(new float[] {-1, 2, -4, -8}, eval(prelu().perChannel(true).init(Init.of(1, 2)), in, -1, 2, -2, -4));
        assertArrayEquals(new float[] {-3, 2}, eval(prelu().perChannel(true).init(Init.of(3, 5)), Shape.of(2), -1, 2));
        assertArrayEquals(new float[] {-0.375f, 2, -0.75f, -1.5f}, eval(randomRelu(0.25f, 0.5f), in, -1, 2, -2, -4));
        var random = run(Mode.TRAIN, randomRelu(0.25f, 0.5f), in, -1, -1, -1, 3);
        for (var i = 0; i < 3; i++) {
            assertTrue(random[i] <= -0.25f && random[i] >= -0.5f, "slope " + random[i]);
        }
        assertNotEquals(random[0], random[1]);
        assertEquals(3, random[3]);
    }

    @Test
    void celuIsEluScaledAlongBothAxes() {
        for (var alpha : new float[] {0.5f, 1, 3}) {
            var y = eval(celu(alpha), Shape.of(3), -1, 0, 2);
            assertEquals(alpha * Math.expm1(-1 / alpha), y[0], 1e-6);
            assertEquals(0, y[1]);
            assertEquals(2, y[2], 1e-6);
        }
        assertThrows(IllegalArgumentException.class, () -> celu(0));
    }

    /** Channel means 1 and 3; hidden relu(2 * 1 + 1 * 3 - 1) = 4; gates sigmoid(0.5 * 4 - 1) and sigmoid(-4 + 0). */
    @Test
    void squeezeExcitationScalesChannelsByWhatTheirMeansGive() {
        try (var session = Session.open()) {
            var model = squeezeExcitation(1).build(session, Shape.of(2, 1, 2), 1);
            model.parameter("fc1.weight").copyFrom(new float[] {2, 1});
            model.parameter("fc1.bias").copyFrom(new float[] {-1});
            model.parameter("fc2.weight").copyFrom(new float[] {0.5f, -1});
            model.parameter("fc2.bias").copyFrom(new float[] {-1, 0});
            try (var step = session.step(Mode.EVAL)) {
                var y = model.forward(step.of(Shape.of(1, 2, 1, 2), 0, 2, 2, 4)).toArray();
                var first = 1 / (1 + Math.exp(-1));
                var second = 1 / (1 + Math.exp(4));
                assertArrayEquals(new float[] {0, (float) (2 * first), (float) (2 * second), (float) (4 * second)}, y, 1e-6f);
            }
        }
        var summary = squeezeExcitation(1).gate(hardSigmoid()).summary(Shape.of(2, 1, 2));
        assertEquals("hardSigmoid", summary.row("gate").layer());
    }

    /** A block keeps its names; 16 channels with a reduction of 4 have 4 hidden units. */
    @Test
    void anyBlockCanBeExcited() {
        var summary = residual(excited(sequential(named("conv", conv2d(16, 1)), relu()), 4)).names("", "shortcut").summary(
                Shape.of(16, 5, 5));
        assertEquals(Shape.of(16, 5, 5), summary.row("conv").out());
        assertEquals(Shape.of(4, 1, 1), summary.row("se.fc1").out());
        assertEquals(16 * 17 + 4 * 17 + 16 * 5, summary.parameters());
        assertThrows(IllegalArgumentException.class, () -> excited(relu(), 0));
    }

    @Test
    void whatWasPooledGoesBackWhereItsMaximumWas() {
        var twice = lambda("twice", x -> x.add(x));
        // The windows' maxima are 3 and 4, the first of two; the last row belongs to no window.
        assertArrayEquals(new float[] {0, 0, 0, 0, 6, 0, 8, 0, 0, 0, 0, 0},
                eval(unpooled(maxPool2d(2), twice), Shape.of(1, 3, 4), 1, 2, 1, 1, 3, 0, 4, 4, 5, 9, 9, 9));
        var e = assertThrows(LayerException.class, () -> unpooled(maxPool2d(2), conv2d(2, 1)).summary(Shape.of(1, 4, 4)));
        assertTrue(e.getMessage().contains("makes [2, 2, 2] of the pooled [1, 2, 2]"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> unpooled(avgPool2d(2), twice));
    }

    @Test
    void pixelsAreShuffledAsInPyTorch() {
        var x = new float[] {0, 1, 2, 3, 4, 5, 6, 7};
        // Channel 2 i + j goes to row i and column j of every square.
        assertArrayEquals(new float[] {0, 2, 1, 3, 4, 6, 5, 7}, eval(pixelShuffle(2), Shape.of(4, 1, 2), x));
        assertArrayEquals(x, eval(sequential(pixelShuffle(2), pixelUnshuffle(2)), Shape.of(4, 1, 2), x));
        assertTrue(assertThrows(LayerException.class, () -> pixelShuffle(2).summary(Shape.of(3, 2, 2))).getMessage().contains(
                "multiples of 4"));
    }

    @Test
    void subSamplingBeginsAsTheMeanAndLearns() {
        var in = Shape.of(2, 2, 2);
        assertArrayEquals(new float[] {2.5f, 6.5f}, eval(subSample2d(2), in, 1, 2, 3, 4, 5, 6, 7, 8));
        assertArrayEquals(new float[] {11, 49},
                eval(subSample2d(2).init(Init.of(1, 2)).biasInit(Init.of(1, -3)), in, 1, 2, 3, 4, 5, 6, 7, 8));
    }

    @Test
    void prototypesStayUnlessTheyAreToLearn() {
        try (var session = Session.open()) {
            var fixed = rbf(2).init(Init.of(1, -1, 1, 1, 1, 1)).build(session, Shape.of(3), 1);
            assertTrue(fixed.parameters().isEmpty());
            var prototypes = fixed.buffers().get("weight").toArray();
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.of(Shape.of(1, 3), 1, 1, 0).track();
                var y = fixed.forward(x);
                assertArrayEquals(new float[] {5, 1}, y.toArray());
                step.backward(Losses.rbf(y, session.tensor("ids", Shape.of(1), fovea.ElementType.I32), 0.1f, Reduction.MEAN));
                assertTrue(x.grad()[1] > 0, "towards the right prototype, whose second element is -1");
            }
            assertArrayEquals(prototypes, fixed.buffers().get("weight").toArray());
        }
        try (var session = Session.open()) {
            assertFalse(rbf(2).trained(true).build(session, Shape.of(3), 1).parameter("weight").frozen());
        }
    }

    @Test
    void aReshapeNamesElementsThatDoNotFit() {
        var e = assertThrows(LayerException.class, () -> sequential(dense(10), reshape(3, 4)).summary(Shape.of(5)));
        assertEquals("1: reshape: samples of [10] have 10 elements, [3, 4] has 12", e.getMessage());
    }

    /** Elements a tenth apart: a step of the differences must not move a maximum to another place, where its element would jump. */
    @Test
    void poolingsWithinPoolingsLetGradientsThrough() {
        var random = new java.util.Random(3);
        var x = new float[2 * 8 * 8];
        var tenths = random.ints(0, x.length).distinct().limit(x.length).toArray();
        for (var i = 0; i < x.length; i++) {
            x[i] = tenths[i] / 10f - 6;
        }
        try (var session = Session.open()) {
            var model = unpooled(maxPool2d(2), unpooled(maxPool2d(2), conv2d(2, 1))).build(session, Shape.of(2, 8, 8), 1);
            GradCheck.of(session).input(Shape.of(1, 2, 8, 8), x).parameters(model.parameters()).check(t -> model.forward(t[0]));
        }
    }

    private record Checked(Layer layer, Shape in) {
    }

    @TestFactory
    Stream<DynamicTest> gradientsAreTheDifferences() {
        return Stream.of(
                new Checked(celu(0.5f), Shape.of(3, 2)), new Checked(prelu(), Shape.of(3, 2)),
                new Checked(prelu().perChannel(true), Shape.of(3, 2, 2)), new Checked(prelu().perChannel(true), Shape.of(7)),
                new Checked(dropout(0.3f), Shape.of(3, 5)), new Checked(channelDropout(0.3f), Shape.of(20, 3, 3)),
                new Checked(residual(sequential(conv2d(3, 3).padding(1), stochasticDepth(0.4f))), Shape.of(3, 4, 4)),
                new Checked(randomRelu(0.1f, 0.4f), Shape.of(11)),
                new Checked(squeezeExcitation(2).activation(silu()), Shape.of(4, 3, 3)),
                new Checked(sequential(conv2d(20, 3), squeezeExcitation(5), conv2d(3, 1)), Shape.of(2, 6, 6)),
                new Checked(squeezeExcitation(2).gate(hardSigmoid()).activation(tanh()), Shape.of(3, 5)),
                new Checked(residual(excited(sequential(conv2d(4, 3).padding(1), batchNorm()), 2)).activation(tanh()), Shape.of(4, 3, 3)),
                new Checked(unpooled(maxPool2d(2), sequential(conv2d(2, 3).padding(1), tanh())), Shape.of(2, 6, 6)),
                new Checked(lpPool2d(2).power(3), Shape.of(2, 4, 4)), new Checked(subSample2d(2), Shape.of(3, 4, 4)),
                new Checked(sequential(pixelShuffle(2), conv2d(2, 3)), Shape.of(8, 4, 4)),
                new Checked(sequential(conv2d(4, 3), pixelUnshuffle(2)), Shape.of(2, 6, 6)),
                new Checked(rbf(4).trained(true), Shape.of(6)),
                new Checked(sequential(dense(12), reshape(3, 2, 2), conv2d(2, 1)), Shape.of(5)),
                new Checked(localResponseNorm(3, 0.5f, 0.75f, 1), Shape.of(6, 2, 2)),
                new Checked(localResponseNormWithin(3, 0.5f, 0.75f, 1), Shape.of(2, 4, 4)),
                new Checked(separableConv2d(4, 3, 2, 1), Shape.of(3, 6, 6)), new Checked(upsample(2), Shape.of(2, 3, 3)))
                .map(c -> DynamicTest.dynamicTest(c.layer.label() + " on " + c.in, () -> {
                    try (var session = Session.open(Session.options().seed(5))) {
                        var model = c.layer.build(session, c.in, 7);
                        var batch = new long[c.in.rank() + 1];
                        batch[0] = 3;
                        System.arraycopy(c.in.toArray(), 0, batch, 1, c.in.rank());
                        GradCheck.of(session).input(batch).parameters(model.parameters()).check(x -> model.forward(x[0]));
                    }
                }));
    }
}
