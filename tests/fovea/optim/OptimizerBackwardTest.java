package fovea.optim;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;
import static fovea.nn.Layers.shared;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.runtime.Access;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class OptimizerBackwardTest {
    private static final Shape INPUT = Shape.of(3, 8, 8);
    private static final Layer TWICE = shared("twice", conv2d(3, 3).padding(1));
    private static final Layer NETWORK = sequential(TWICE, batchNorm(), relu(), TWICE, relu(), flatten(), dense(4));
    private static final float[] PIXELS = pixels();

    private static float[] pixels() {
        var random = new Random(3);
        var pixels = new float[4 * 3 * 8 * 8];
        for (var i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        return pixels;
    }

    private static Tensor loss(Step step, Function<Tensor, Tensor> network) {
        return network.apply(step.of(Shape.of(4, 3, 8, 8), PIXELS)).crossEntropy(step.ofInts(Shape.of(4), 0, 1, 2, 3));
    }

    private static List<float[]> trained(Function<List<Parameter>, Optimizer> make, boolean checkpointed,
            BiConsumer<Optimizer, Runner> way) {
        try (var session = Session.open()) {
            var model = NETWORK.build(session, INPUT, 5);
            var optimizer = make.apply(model.parameters());
            for (var i = 0; i < 4; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var value = loss(step, checkpointed ? x -> step.checkpoint(model::forward, x) : model::forward);
                    way.accept(optimizer, new Runner(step, value));
                }
            }
            return model.parameters().stream().map(Tensor::toArray).toList();
        }
    }

    private record Runner(Step step, Tensor loss) {
    }

    private static void atOnce(Optimizer optimizer, Runner r) {
        optimizer.backward(r.step, r.loss);
    }

    private static void oneAfterTheOther(Optimizer optimizer, Runner r) {
        r.step.backward(r.loss);
        optimizer.step();
    }

    private static void assertSame(List<float[]> expected, List<float[]> given) {
        assertEquals(expected.size(), given.size());
        for (var i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), given.get(i));
        }
    }

    @Test
    void givesTheSameBitsAsBackwardAndStep() {
        List<Function<List<Parameter>, Optimizer>> all = List.of(p -> new Sgd(p, new Sgd.Options(0.1, 0.9, 1e-3)),
                p -> new AdamW(p, new AdamW.Options(0.01)), p -> new Lars(p, new Lars.Options(0.1)),
                p -> new Sgd(p, new Sgd.Options(0.1)).clipValue(0.01));
        for (var make : all) {
            var expected = trained(make, false, OptimizerBackwardTest::oneAfterTheOther);
            assertSame(expected, trained(make, false, OptimizerBackwardTest::atOnce));
            assertSame(expected, trained(make, true, OptimizerBackwardTest::atOnce));
        }
    }

    /** Wide enough that gradients are used up in blocks of rows; the last block of the first layer is smaller than the others. */
    private static final Layer WIDE = sequential(dense(1024), relu(), dense(4));
    private static final Layer WIDE_TWICE = sequential(shared("square", dense(1024)), relu(), shared("square", dense(1024)), dense(4));

    /** The parameters after some updates, the optimizer's state, and the most memory that steps took beside parameters. */
    private record Wide(List<float[]> parameters, Optimizer.State state, long steps, List<Long> versions) {
    }

    private static Wide wide(Layer layer, int in, Function<List<Parameter>, Optimizer> make, BiConsumer<Optimizer, Runner> way) {
        try (var session = Session.open()) {
            var model = layer.build(session, Shape.of(in), 5);
            var optimizer = make.apply(model.parameters());
            for (var i = 0; i < 3; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var x = step.normal(Shape.of(5, in), 0, 1);
                    way.accept(optimizer, new Runner(step, model.forward(x).crossEntropy(step.ofInts(Shape.of(5), 0, 1, 2, 3, 0))));
                }
            }
            return new Wide(model.parameters().stream().map(Tensor::toArray).toList(), optimizer.state(),
                    session.memory().peak() - session.memory().parameters(),
                    model.parameters().stream().map(p -> Access.value(p).version()).toList());
        }
    }

    @Test
    void gradientsThatAreUsedUpInBlocksOfRowsGiveTheSameBits() {
        List<Function<List<Parameter>, Optimizer>> all = List.of(p -> new Sgd(p, new Sgd.Options(0.1, 0.9, 1e-3).nesterov(true)),
                p -> new AdamW(p, new AdamW.Options(0.01)), p -> new RmsProp(p, new RmsProp.Options(0.01)),
                p -> new Lars(p, new Lars.Options(0.1)), p -> new Sgd(p, new Sgd.Options(0.1)).clipValue(1e-3));
        for (var make : all) {
            var expected = wide(WIDE, 1100, make, OptimizerBackwardTest::oneAfterTheOther);
            var given = wide(WIDE, 1100, make, OptimizerBackwardTest::atOnce);
            assertSame(expected.parameters, given.parameters);
            assertEquals(expected.versions, given.versions);
            assertEquals(expected.state.numbers(), given.state.numbers());
            expected.state.arrays().forEach((name, array) -> assertArrayEquals(array, given.state.arrays().get(name), name));
        }
    }

    @Test
    void aGradientThatIsUsedUpInBlocksIsNeverThereAsAWhole() {
        var whole = 4L * 1100 * 1024;
        var sgd = wide(WIDE, 1100, p -> new Sgd(p, new Sgd.Options(0.1)), OptimizerBackwardTest::atOnce);
        var lars = wide(WIDE, 1100, p -> new Lars(p, new Lars.Options(0.1)), OptimizerBackwardTest::atOnce);
        assertTrue(sgd.steps < whole / 4, () -> "steps took " + sgd.steps);
        assertTrue(lars.steps > whole, () -> "LARS needs the norm of the gradient before it uses it: " + lars.steps);
    }

    @Test
    void weightsThatSeveralLayersShareAddTheirGradientsUpFirst() {
        Function<List<Parameter>, Optimizer> make = p -> new Sgd(p, new Sgd.Options(0.1, 0.9, 0));
        assertSame(wide(WIDE_TWICE, 1024, make, OptimizerBackwardTest::oneAfterTheOther).parameters,
                wide(WIDE_TWICE, 1024, make, OptimizerBackwardTest::atOnce).parameters);
    }

    @Test
    void keepsNoGradients() {
        try (var session = Session.open()) {
            var model = NETWORK.build(session, INPUT, 5);
            var sgd = new Sgd(model.parameters(), new Sgd.Options(0.1));
            var before = session.memory().parameters();
            try (var step = session.step(Mode.TRAIN)) {
                sgd.backward(step, loss(step, model::forward));
                assertTrue(model.parameters().stream().noneMatch(Parameter::hasGrad));
            }
            assertEquals(before, session.memory().parameters());
            assertEquals(0, session.memory().steps());
        }
    }

    @Test
    void leavesOthersParametersAlone() {
        try (var session = Session.open()) {
            var model = NETWORK.build(session, INPUT, 5);
            var mine = model.parameters().getLast();
            var other = model.parameters().getFirst();
            var before = other.toArray();
            var frozen = model.parameters().get(1);
            frozen.freeze(true);
            var sgd = new Sgd(List.of(mine, frozen), new Sgd.Options(0.1));
            var last = mine.toArray();
            try (var step = session.step(Mode.TRAIN)) {
                sgd.backward(step, loss(step, model::forward));
            }
            assertArrayEquals(before, other.toArray());
            assertFalse(Arrays.equals(last, mine.toArray()));
        }
    }

    @Test
    void refusesWhatNeedsAllGradients() {
        try (var session = Session.open()) {
            var model = NETWORK.build(session, INPUT, 5);
            var sgd = new Sgd(model.parameters(), new Sgd.Options(0.1)).clipNorm(1);
            try (var step = session.step(Mode.TRAIN)) {
                var value = loss(step, model::forward);
                var e = assertThrows(IllegalStateException.class, () -> sgd.backward(step, value));
                assertTrue(e.getMessage().contains("clipNorm(1.0) needs all gradients at once"), e.getMessage());
                step.backward(value);
                sgd.step();
            }
        }
    }

    @Test
    void refusesAStepOfAnotherSession() {
        try (var session = Session.open(); var other = Session.open()) {
            var sgd = new Sgd(List.of(session.parameter("a", Shape.of(1))), new Sgd.Options(0.1));
            try (var step = other.step(Mode.TRAIN)) {
                var x = step.of(Shape.of(1), 1);
                assertThrows(IllegalArgumentException.class, () -> sgd.backward(step, x));
            }
        }
    }
}
