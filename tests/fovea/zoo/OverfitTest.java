package fovea.zoo;

import static org.junit.jupiter.api.Assertions.fail;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.nn.Layer;
import fovea.optim.Adam;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Every network of the zoo learns four samples by heart, without dropout: that is to keep networks from doing so, and with it what a
 * step sees of an output is mostly chance. What
 * takes long does so with {@code mvn -Pzoo test}.
 */
class OverfitTest {
    private static final int BATCH = 4;
    private static final int MOST_STEPS = 400;
    /** What a network may cost to be overfitted in every build: multiply-accumulates of a sample, and parameters. */
    private static final long CHEAP_MACS = 6_000_000;
    private static final long CHEAP_PARAMETERS = 1_000_000;
    /** Adam moves each weight by its rate in a step: where a unit has tens of thousands of them, 0.001 is enough to silence it for good. */
    private static final long MANY_PARAMETERS = 100_000_000;

    @TestFactory
    Stream<DynamicTest> learnsABatchByHeart() {
        return tests(true);
    }

    @TestFactory
    @Tag("zoo")
    Stream<DynamicTest> learnsABatchByHeartThoughItIsLarge() {
        return tests(false);
    }

    private static Stream<DynamicTest> tests(boolean cheap) {
        return Zoo.entries().stream().filter(entry -> isCheap(entry) == cheap).map(
                entry -> DynamicTest.dynamicTest(entry.name(), () -> overfit(entry)));
    }

    private static boolean isCheap(Zoo.Entry entry) {
        var published = Published.of(entry.name());
        var summary = entry.layer(published.classes()).summary(published.overfit());
        return summary.macs() <= CHEAP_MACS && summary.parameters() <= CHEAP_PARAMETERS;
    }

    private static void overfit(Zoo.Entry entry) {
        var published = Published.of(entry.name());
        var recipe = entry.recipe();
        try (var session = Session.open(Session.options().seed(7))) {
            var model = recipe.build(network(entry, published.classes()), session, published.overfit(), 7);
            var optimizer = published.withRecipe() ? recipe.optimizer().of(model, recipe.rate())
                    : new Adam(model.parameters(), new Adam.Options(published.parameters() < MANY_PARAMETERS ? 1e-3 : 1e-4));
            var loss = recipe.loss().of(model);
            var shape = Shape.of(BATCH).concat(published.overfit());
            var random = new Random(7);
            var pixels = new float[(int) shape.elements()];
            for (var i = 0; i < pixels.length; i++) {
                pixels[i] = (float) random.nextGaussian();
            }
            // A class for each sample; where every place of an image has one, those of a sample alternate.
            var places = (int) (model.outputShape().elements() / published.classes());
            var labels = new int[BATCH * places];
            Arrays.setAll(labels, i -> (i / places + i % places) % published.classes());
            var labelShape = Shape.of(BATCH).concat(model.outputShape().slice(1, model.outputShape().rank()));
            var first = Double.NaN;
            var last = Double.NaN;
            var right = 0;
            for (var i = 0; i < MOST_STEPS; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var output = model.forward(step.of(shape, pixels));
                    var value = loss.of(output, step.ofInts(labelShape, labels));
                    step.backward(value);
                    last = value.item();
                    right = right(output.toArray(), labels, published.classes(), places);
                }
                optimizer.step();
                first = i == 0 ? last : first;
                if (right == labels.length && last < first / 3) {
                    return;
                }
            }
            fail("after %d steps %d of %d are right, and the loss went from %s to %s".formatted(
                    MOST_STEPS, right, labels.length, first, last));
        }
    }

    /**
     * Without dropout, which is there to prevent what is asked for. SqueezeNet keeps it: its scores are rectified, and a class that is
     * silent at first stays so unless what it sees varies.
     */
    private static Layer network(Zoo.Entry entry, int classes) {
        var layer = entry.layer(classes);
        return entry.name().startsWith("squeezenet") ? layer : Rewritten.undropped(layer);
    }

    private static int right(float[] scores, int[] labels, int classes, int places) {
        var right = 0;
        for (var i = 0; i < labels.length; i++) {
            var best = 0;
            for (var c = 1; c < classes; c++) {
                best = score(scores, i, c, classes, places) > score(scores, i, best, classes, places) ? c : best;
            }
            right += best == labels[i] ? 1 : 0;
        }
        return right;
    }

    private static float score(float[] scores, int i, int c, int classes, int places) {
        return scores[(i / places * classes + c) * places + i % places];
    }
}
