package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.op.Interpolation;
import fovea.op.Pad;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LayersTest {
    /** A layer, a sample's shape, the shape that comes out, and how many parameters and multiply-accumulates there are. */
    private record Case(Layer layer, Shape in, Shape out, long parameters, long macs) {
    }

    private static Case of(Layer layer, Shape in, Shape out, long parameters, long macs) {
        return new Case(layer, in, out, parameters, macs);
    }

    private static final List<Case> CASES = List.of(
            of(conv1d(4, 3).stride(2), Shape.of(2, 9), Shape.of(4, 4), 4 * 2 * 3 + 4, 4 * 4 * 2 * 3),
            of(conv2d(6, 5).padding(2), Shape.of(1, 28, 28), Shape.of(6, 28, 28), 156, 6 * 28 * 28 * 25),
            of(conv2d(8, 3, 5).stride(1, 2).padding(1, 2).bias(false), Shape.of(4, 6, 10), Shape.of(8, 6, 5), 8 * 4 * 15,
                    8 * 30 * 4 * 15),
            of(conv2d(8, 3).groups(2).dilation(2), Shape.of(4, 8, 8), Shape.of(8, 4, 4), 8 * 2 * 9 + 8, 8 * 16 * 2 * 9),
            of(conv2d(8, 3).same().stride(2), Shape.of(4, 7, 8), Shape.of(8, 4, 4), 8 * 4 * 9 + 8, 8 * 16 * 4 * 9),
            of(conv3d(2, 3), Shape.of(1, 4, 5, 6), Shape.of(2, 2, 3, 4), 56, 2 * 24 * 27),
            of(depthwiseConv2d(3).padding(1), Shape.of(5, 4, 4), Shape.of(5, 4, 4), 50, 5 * 16 * 9),
            of(depthwiseConv1d(3), Shape.of(5, 4), Shape.of(5, 2), 20, 5 * 2 * 3),
            of(depthwiseConv3d(2), Shape.of(5, 4, 4, 4), Shape.of(5, 3, 3, 3), 45, 5 * 27 * 8),
            of(separableConv2d(7, 3, 2, 1), Shape.of(4, 8, 8), Shape.of(7, 4, 4), 4 * 9 + 28, 4 * 16 * 9 + 16 * 28),
            of(convTranspose1d(3, 2).stride(2), Shape.of(4, 5), Shape.of(3, 10), 4 * 3 * 2 + 3, 20 * 3 * 2),
            of(convTranspose2d(3, 4).stride(2).padding(1), Shape.of(2, 5, 5), Shape.of(3, 10, 10), 2 * 3 * 16 + 3, 50 * 3 * 16),
            of(convTranspose3d(1, 2).stride(2).bias(false), Shape.of(2, 2, 2, 2), Shape.of(1, 4, 4, 4), 16, 16 * 8),
            of(maxPool1d(2), Shape.of(3, 7), Shape.of(3, 3), 0, 0),
            of(maxPool2d(3).stride(2).padding(1), Shape.of(3, 7, 9), Shape.of(3, 4, 5), 0, 0),
            of(maxPool2d(3).stride(2).ceil(), Shape.of(3, 8, 8), Shape.of(3, 4, 4), 0, 0),
            of(maxPool3d(2), Shape.of(3, 4, 4, 6), Shape.of(3, 2, 2, 3), 0, 0),
            of(avgPool1d(2), Shape.of(3, 8), Shape.of(3, 4), 0, 0),
            of(avgPool2d(2).countPadding(false), Shape.of(3, 8, 8), Shape.of(3, 4, 4), 0, 0),
            of(avgPool3d(2), Shape.of(3, 4, 4, 6), Shape.of(3, 2, 2, 3), 0, 0),
            of(sumPool2d(2), Shape.of(3, 4, 6), Shape.of(3, 2, 3), 0, 0),
            of(globalAvgPool(), Shape.of(3, 4, 6), Shape.of(3, 1, 1), 0, 0),
            of(globalMaxPool(), Shape.of(3, 4), Shape.of(3, 1), 0, 0),
            of(adaptiveAvgPool2d(7), Shape.of(3, 10, 12), Shape.of(3, 7, 7), 0, 0),
            of(adaptiveMaxPool2d(2, 3), Shape.of(3, 10, 12), Shape.of(3, 2, 3), 0, 0),
            of(pad2d(1, 2), Shape.of(3, 4, 4), Shape.of(3, 6, 8), 0, 0),
            of(pad1d(2).mode(Pad.Mode.REFLECT), Shape.of(3, 4), Shape.of(3, 8), 0, 0),
            of(flatten(), Shape.of(3, 4, 5), Shape.of(60), 0, 0),
            of(dense(4), Shape.of(5), Shape.of(4), 24, 20),
            of(dense(4), Shape.of(3, 5), Shape.of(3, 4), 24, 60),
            of(groupNorm(2), Shape.of(4, 3, 3), Shape.of(4, 3, 3), 8, 0),
            of(instanceNorm(), Shape.of(4, 3, 3), Shape.of(4, 3, 3), 0, 0),
            of(instanceNorm().affine(true), Shape.of(4, 3), Shape.of(4, 3), 8, 0),
            of(layerNorm(1), Shape.of(4, 3, 3), Shape.of(4, 3, 3), 6, 0),
            of(layerNorm(3), Shape.of(4, 3, 3), Shape.of(4, 3, 3), 72, 0),
            of(softmax(), Shape.of(4), Shape.of(4), 0, 0),
            of(logSoftmax(), Shape.of(4, 2, 2), Shape.of(4, 2, 2), 0, 0),
            of(dense(4).bias(false), Shape.of(20), Shape.of(4), 80, 80),
            of(upsample(2), Shape.of(2, 3, 4), Shape.of(2, 6, 8), 0, 0),
            of(upsample(3).interpolation(Interpolation.LINEAR).alignCorners(true), Shape.of(2, 3), Shape.of(2, 9), 0, 0),
            of(upsample(2).interpolation(Interpolation.CUBIC), Shape.of(2, 3, 3), Shape.of(2, 6, 6), 0, 0),
            of(pixelShuffle(2), Shape.of(8, 3, 4), Shape.of(2, 6, 8), 0, 0),
            of(pixelUnshuffle(2), Shape.of(2, 6, 8), Shape.of(8, 3, 4), 0, 0),
            of(reshape(2, 3, 4), Shape.of(24), Shape.of(2, 3, 4), 0, 0),
            of(dropout(0.25f), Shape.of(20), Shape.of(20), 0, 0),
            of(channelDropout(0.25f), Shape.of(20, 3, 3), Shape.of(20, 3, 3), 0, 0),
            of(residual(sequential(conv2d(3, 1), stochasticDepth(0.1f))), Shape.of(3, 5, 5), Shape.of(3, 5, 5), 12, 225),
            of(prelu(), Shape.of(4, 3, 3), Shape.of(4, 3, 3), 1, 0),
            of(prelu().perChannel(true), Shape.of(4, 3, 3), Shape.of(4, 3, 3), 4, 0),
            of(randomRelu(0.1f, 0.3f), Shape.of(4, 3), Shape.of(4, 3), 0, 0),
            of(celu(2), Shape.of(4, 3), Shape.of(4, 3), 0, 0),
            of(squeezeExcitation(2), Shape.of(8, 5, 5), Shape.of(8, 5, 5), 2 * 8 + 2 + 8 * 2 + 8, 16 + 16 + 200),
            of(unpooled(maxPool2d(2), conv2d(3, 1)), Shape.of(3, 7, 8), Shape.of(3, 7, 8), 12, 9 * 12),
            of(lpPool1d(2), Shape.of(3, 8), Shape.of(3, 4), 0, 0),
            of(lpPool2d(3).power(1).stride(2), Shape.of(3, 7, 7), Shape.of(3, 3, 3), 0, 0),
            of(stochasticPool2d(2), Shape.of(3, 4, 6), Shape.of(3, 2, 3), 0, 0),
            of(subSample2d(2), Shape.of(6, 28, 28), Shape.of(6, 14, 14), 12, 6 * 14 * 14),
            of(localResponseNorm(5, 5e-4f, 0.75f, 2), Shape.of(8, 3, 3), Shape.of(8, 3, 3), 0, 0),
            of(localResponseNormWithin(3, 1, 0.75f, 1), Shape.of(8, 5, 5), Shape.of(8, 5, 5), 0, 0),
            of(rbf(10).trained(true), Shape.of(84), Shape.of(10), 840, 840),
            of(batchNorm(), Shape.of(4, 3, 3), Shape.of(4, 3, 3), 8, 0),
            of(batchNorm().affine(false).running(false), Shape.of(4, 3), Shape.of(4, 3), 0, 0),
            of(parallel(conv2d(4, 1), named("three", conv2d(2, 3).padding(1)), identity()), Shape.of(3, 5, 5), Shape.of(9, 5, 5),
                    16 + 56, 25 * (12 + 54)),
            of(residual(conv2d(3, 3).padding(1)), Shape.of(3, 5, 5), Shape.of(3, 5, 5), 84, 25 * 81),
            of(residual(conv2d(4, 3).stride(2).padding(1), conv2d(4, 1).stride(2)).activation(relu()), Shape.of(3, 6, 6),
                    Shape.of(4, 3, 3), 4 * 27 + 4 + 16, 9 * (108 + 12)));

    private static final List<Layer> ACTIVATIONS = List.of(relu(), relu6(), leakyRelu(0.1f), elu(), elu(0.5f), selu(), gelu(), geluTanh(),
            silu(), mish(), hardSwish(), sigmoid(), hardSigmoid(), tanh(), scaledTanh(), softplus(), softsign(), hardTanh(),
            clamp(-0.5f, 2), celu(1));

    @Test
    void activationsAreTheirFunctions() {
        var names = List.of("relu", "relu6", "leakyRelu 0.1", "elu", "elu 0.5", "selu", "gelu", "geluTanh", "silu", "mish", "hardSwish",
                "sigmoid", "hardSigmoid", "tanh", "scaledTanh", "softplus", "softsign", "hardTanh", "clamp -0.5 to 2.0", "celu 1.0");
        // At 8, by hand: what does not saturate is 8 (times 1.0507 for selu).
        var at8 = new double[] {8, 6, 8, 8, 8, 8.4056079, 8, 8, 7.9973173, 7.9999982, 8, 0.99966465, 1, 0.99999977, 1.7158199, 8.0003354,
                8 / 9.0, 1, 2, 8};
        var atMinus1 = new double[] {0, 0, -0.1, -0.63212056, -0.31606028, -1.1113307, -0.15865525, -0.15880801, -0.26894142, -0.30340146,
                -1 / 3.0, 0.26894142, 1 / 3.0, -0.76159416, -0.9999973, 0.31326169, -0.5, -1, -0.5, -0.63212056};
        assertEquals(names, ACTIVATIONS.stream().map(Layer::label).toList());
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            for (var i = 0; i < names.size(); i++) {
                var y = ACTIVATIONS.get(i).build(session, Shape.of(2), 1).forward(step.of(Shape.of(1, 2), 8, -1)).toArray();
                assertEquals(at8[i], y[0], 2e-6 * Math.max(1, at8[i]), names.get(i));
                assertEquals(atMinus1[i], y[1], 1e-6, names.get(i));
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> shapesAndCountsAreThoseThatRun() {
        return CASES.stream().map(c -> DynamicTest.dynamicTest(c.layer.label() + " on " + c.in, () -> {
            assertEquals(c.out, c.layer.outputShape(c.in));
            var summary = c.layer.summary(c.in);
            assertEquals(c.out, summary.output());
            assertEquals(c.parameters, summary.parameters());
            assertEquals(c.macs, summary.macs());
            try (var session = Session.open()) {
                var model = c.layer.build(session, c.in, 1);
                assertEquals(c.parameters, model.parameters().stream().mapToLong(p -> p.shape().elements()).sum());
                for (var batch : new int[] {2, 3}) {
                    var results = Runs.train(session, model, batch, 1);
                    assertEquals(batch * c.out.elements(), results.get("y").length);
                    results.forEach((name, values) -> assertTrue(isAlive(values), name + " is zero or not finite"));
                }
                assertEquals(0, session.memory().steps());
            }
        }));
    }

    private static boolean isAlive(float[] x) {
        var any = false;
        for (var v : x) {
            if (!Float.isFinite(v)) {
                return false;
            }
            any |= v != 0;
        }
        return any;
    }

    @TestFactory
    Stream<DynamicTest> labelsAreShortAndLayersAreValues() {
        return CASES.stream().map(c -> DynamicTest.dynamicTest(c.layer.label(), () -> {
            assertTrue(c.layer.label().length() < 60 && !c.layer.label().contains("["), c.layer.label());
            assertEquals(c.layer, c.layer);
            assertEquals(c.layer.hashCode(), c.layer.hashCode());
        }));
    }

    @Test
    void errorsSayWhatCameWhatIsNeededAndWhy() {
        assertMessage(sequential(flatten(), named("conv", conv2d(6, 5))), Shape.of(1, 28, 28),
                "conv: conv2d needs samples of [channels, height, width], got [784]; likely cause: a flatten() or dense() stands before it");
        assertMessage(conv2d(6, 5), Shape.of(64, 1, 28, 28), "without the batch");
        assertMessage(conv2d(6, 5), Shape.of(28, 28), "a grey image is [1, height, width]");
        assertMessage(sequential(conv2d(6, 5), maxPool2d(2), conv2d(16, 5)), Shape.of(1, 9, 9),
                "2: conv: the filter does not fit: 2x2 input, 5x5 filter");
        assertMessage(conv2d(6, 5).stride(2).exact(), Shape.of(1, 12, 12), "(12 - 5) / 2 + 1 = 4.50 is not whole");
        assertMessage(parallel(conv2d(4, 1), conv2d(4, 3)), Shape.of(3, 5, 5), "branch 1 gives [4, 3, 3]");
        assertMessage(residual(conv2d(4, 3).padding(1)), Shape.of(3, 5, 5), "1x1 convolution with 4 filters");
        assertMessage(conv2d(4, 3).groups(2), Shape.of(3, 5, 5), "cannot be cut into 2 groups");
    }

    private static void assertMessage(Layer layer, Shape in, String part) {
        var e = assertThrows(LayerException.class, () -> layer.summary(in));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void tooSmallInputsNameTheSizeThatWorks() {
        var net = sequential(conv2d(6, 5), maxPool2d(2), conv2d(16, 5), maxPool2d(2), conv2d(120, 5));
        try (var session = Session.open()) {
            var e = assertThrows(LayerException.class, () -> net.build(session, Shape.of(1, 16, 16), 1));
            assertEquals("4", e.path());
            assertTrue(e.getMessage().endsWith("the smallest input that fits this network is [1, 32, 32]"), e.getMessage());
        }
    }

    @Test
    void paddingThatDependsOnTheSizeFollowsTheInput() {
        try (var session = Session.open()) {
            var model = conv2d(2, 3).stride(2).same().build(session, Shape.of(1, 8, 8), 1);
            for (var size : new int[] {8, 7, 5, 8}) {
                try (var step = session.step(Mode.EVAL)) {
                    var y = model.forward(step.zeros(Shape.of(1, 1, size, size)));
                    assertEquals(Shape.of(1, 2, (size + 1) / 2, (size + 1) / 2), y.shape());
                }
            }
        }
    }

    @Test
    void theArithmeticOfConvolutionsIsPublic() {
        assertEquals(55, Conv2d.outputSize(227, 11, 4, 0));
        assertEquals(55, Conv2d.outputSize(224, 11, 4, 2, 1, fovea.op.Rounding.FLOOR));
        var e = assertThrows(IllegalArgumentException.class, () -> Conv2d.outputSize(224, 11, 4, 0));
        assertTrue(e.getMessage().contains("(224 - 11) / 4 + 1 = 54.25 is not whole"), e.getMessage());
        assertEquals(34_944, Conv2d.parameterCount(3, 96, 11, true));
        assertEquals(307_200, Conv2d.parameterCount(96, 256, 5, 5, 2, false));
        assertThrows(IllegalArgumentException.class, () -> Conv2d.parameterCount(3, 96, 3, 3, 2, false));
    }

    @Test
    void aResidualAddsWhatBothSidesGive() {
        var twice = lambda("twice", x -> x.add(x));
        try (var session = Session.open()) {
            var model = residual(twice, lambda("same", x -> x.relu())).activation(relu()).build(session, Shape.of(3), 1);
            try (var step = session.step(Mode.EVAL)) {
                assertArrayEquals(new float[] {3, 0, 6}, model.forward(step.of(Shape.of(1, 3), 1, -1, 2)).toArray());
            }
        }
    }

    @Test
    void branchesAreJoinedInOrder() {
        var negative = conv2d(1, 1).init(Init.of(-1)).biasInit(Init.constant(0));
        try (var session = Session.open()) {
            var model = parallel(identity(), negative, relu()).build(session, Shape.of(1, 1, 2), 1);
            try (var step = session.step(Mode.EVAL)) {
                assertArrayEquals(new float[] {3, -4, -3, 4, 3, 0}, model.forward(step.of(Shape.of(1, 1, 1, 2), 3, -4)).toArray());
            }
        }
    }

    @Test
    void stepsAreRepeatedWithoutNewPlans() {
        var net = sequential(conv2d(4, 3).same(), relu(), parallel(maxPool2d(2), avgPool2d(2)), flatten());
        try (var session = Session.open()) {
            var model = net.build(session, Shape.of(1, 8, 8), 1);
            for (var i = 0; i < 3; i++) {
                Runs.train(session, model, 2, i);
            }
            var held = session.memory().held();
            for (var i = 0; i < 20; i++) {
                Runs.train(session, model, 2, i);
            }
            assertEquals(held, session.memory().held());
        }
    }
}
