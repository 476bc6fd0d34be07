package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.nn.Layers;
import fovea.optim.Sgd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a training loop may do, and what it is told when it does something else. */
public class TrainingLoopTest {
    private static void refuses(Executable call, String... parts) {
        var e = assertThrows(IllegalStateException.class, call);
        for (var part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    /** Small integers, whose sums are exact. */
    private static float[] integers(int n, long seed) {
        var random = new SplittableRandom(seed);
        var x = new float[n];
        for (var i = 0; i < n; i++) {
            x[i] = random.nextInt(-3, 4);
        }
        return x;
    }

    private static Tensor network(Tensor x, Parameter v, Parameter w) {
        return x.conv2d(v, null, 1, 1).relu().flatten().linear(w, null).square().sum();
    }

    @Test
    void microBatchesAddUpToTheGradientOfTheWholeBatch() {
        try (var session = Session.open()) {
            var v = session.parameter("v", Shape.of(4, 2, 3, 3));
            var w = session.parameter("w", Shape.of(3, 4 * 25));
            v.copyFrom(integers(72, 1));
            w.copyFrom(integers(300, 2));
            var batch = integers(6 * 50, 3);
            try (var step = session.step(Mode.TRAIN)) {
                step.backward(network(step.of(Shape.of(6, 2, 5, 5), batch), v, w));
            }
            var whole = List.of(v.grad(), w.grad());
            v.clearGrad();
            w.clearGrad();
            // Parts of different sizes, so that each has plans of its own.
            for (var part : new int[][] {{0, 3}, {3, 5}, {5, 6}}) {
                try (var step = session.step(Mode.TRAIN)) {
                    var images = Arrays.copyOfRange(batch, part[0] * 50, part[1] * 50);
                    step.backward(network(step.of(Shape.of(part[1] - part[0], 2, 5, 5), images), v, w), Gradients.ADD);
                }
            }
            assertArrayEquals(whole.get(0), v.grad());
            assertArrayEquals(whole.get(1), w.grad());
        }
    }

    @Test
    void withoutGradientsTheSameIsComputedAndNothingKept() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(1000));
            w.copyFrom(integers(1000, 4));
            float[] expected;
            long held;
            try (var step = session.step(Mode.TRAIN)) {
                assertTrue(step.mode() == Mode.TRAIN);
                expected = w.square().square().square().toArray();
                held = session.memory().steps();
            }
            try (var step = session.step(Mode.TRAIN)) {
                var y = step.withoutGradients(() -> {
                    var a = w.square();
                    var b = a.square();
                    step.discard(a);
                    var c = b.square();
                    step.discard(b);
                    return c;
                });
                assertArrayEquals(expected, y.toArray());
                assertFalse(y.needsGrad());
                assertTrue(session.memory().steps() < held, () -> session.memory().steps() + " of " + held);
                refuses(() -> step.backward(y.sum()), "depends on no parameter");
                // Behind it gradients are recorded again.
                step.backward(w.mul(y).sum());
                assertArrayEquals(expected, w.grad());
            }
        }
    }

    @Test
    void evaluationTakesNoGradients() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var w = session.parameter("w", Shape.of(2));
            refuses(() -> step.backward(w.square().sum()), "in Mode.EVAL parameters take no gradients");
            var x = step.of(Shape.of(2), 3, 4).track();
            step.backward(x.square().sum());
            assertArrayEquals(new float[] {6, 8}, x.grad());
        }
    }

    @Test
    void detachedTensorsLetNoGradientThrough() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var w = session.parameter("w", Shape.of(3));
            w.copyFrom(2, 3, 4);
            var square = w.square();
            step.backward(w.mul(square.detach()).sum());
            assertArrayEquals(new float[] {4, 9, 16}, w.grad());
            assertArrayEquals(square.toArray(), square.detach().toArray());
            refuses(() -> step.backward(square.detach().sum()), "ran already");
        }
    }

    @Test
    void backwardRunsOncePerStep() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var w = session.parameter("w", Shape.of(2));
            var loss = w.square().sum();
            step.backward(loss);
            refuses(() -> step.backward(loss), "ran already in step 1", "add the losses");
        }
    }

    @Test
    void backwardOfManyElementsNeedsASeed() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var w = session.parameter("w", Shape.of(2, 3));
            var y = w.square();
            refuses(() -> step.backward(y), "has 6 elements", "reduce it to one, or give a seed gradient");
            var e = assertThrows(IllegalArgumentException.class, () -> step.backward(y, Gradients.REPLACE, 1, 2));
            assertTrue(e.getMessage().contains("6 elements, the seed gradient has 2"), e.getMessage());
            step.backward(y, Gradients.REPLACE, 1, 1, 1, 1, 1, 1);
        }
    }

    @Test
    void tensorsOfAnotherStepOrSessionAreRefusedByName() {
        try (var session = Session.open(); var other = Session.open()) {
            Tensor old;
            try (var step = session.step(Mode.TRAIN)) {
                old = step.of(Shape.of(2), 1, 2).relu();
            }
            try (var step = session.step(Mode.EVAL); var foreign = other.step(Mode.EVAL)) {
                var x = step.zeros(Shape.of(2));
                refuses(() -> x.add(old), "belongs to step 1, which is closed", "toArray()");
                refuses(() -> step.backward(old, Gradients.REPLACE, 1, 1), "belongs to step 1");
                var e = assertThrows(IllegalArgumentException.class, () -> x.add(foreign.zeros(Shape.of(2))));
                assertTrue(e.getMessage().contains("another session"), e.getMessage());
                e = assertThrows(IllegalArgumentException.class, () -> step.backward(foreign.zeros(Shape.of(1))));
                assertTrue(e.getMessage().contains("another session"), e.getMessage());
            }
        }
    }

    /** A network of random depth: what it gives does not depend on which ways the steps before it went. */
    @Test
    void aPathThatChangesFromStepToStepGivesWhatAFreshSessionGives() {
        var depths = new SplittableRandom(3).ints(25, 0, 5).toArray();
        Function<int[], float[]> last = path -> {
            try (var session = Session.open()) {
                var w = session.parameter("w", Shape.of(8, 8));
                var weights = new float[64];
                var random = new SplittableRandom(1);
                for (var i = 0; i < weights.length; i++) {
                    weights[i] = (float) random.nextDouble(-0.5, 0.5);
                }
                w.copyFrom(weights);
                float[] gradient = null;
                for (var depth : path) {
                    try (var step = session.step(Mode.TRAIN)) {
                        var x = step.of(Shape.of(3, 8), integers(24, 9));
                        for (var i = 0; i < depth; i++) {
                            x = i % 2 == 0 ? x.linear(w, null).tanh() : x.matmul(w).relu().add(x);
                        }
                        step.backward(x.matmul(w).square().sum());
                        gradient = w.grad();
                    }
                }
                assertEquals(0, session.memory().steps());
                return gradient;
            }
        };
        for (var n = 1; n <= depths.length; n += 6) {
            assertArrayEquals(last.apply(new int[] {depths[n - 1]}), last.apply(Arrays.copyOf(depths, n)));
        }
    }

    /** Computed again in backward: dropout drops the same elements, and batch norm learns its statistics once. */
    @Test
    void checkpointsAroundDropoutAndBatchNormChangeNothing() {
        var plain = normalized(false);
        var again = normalized(true);
        for (var i = 0; i < plain.size(); i++) {
            assertArrayEquals(plain.get(i), again.get(i));
        }
    }

    private static List<float[]> normalized(boolean checkpoint) {
        try (var session = Session.open(Session.options().seed(3))) {
            var model = Layers.sequential(Layers.conv2d(5, 3), Layers.batchNorm(), Layers.relu(), Layers.dropout(0.5f), Layers.conv2d(4, 3))
                    .build(session, Shape.of(2, 8, 8), 1);
            var sgd = new Sgd(model.parameters(), new Sgd.Options(0.1));
            float[] y = null;
            for (var i = 0; i < 3; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var x = step.normal(Shape.of(4, 2, 8, 8), 0, 1);
                    var result = checkpoint ? step.checkpoint(model::forward, x) : model.forward(x);
                    y = result.toArray();
                    step.backward(result.square().mean());
                    sgd.step();
                }
            }
            var all = new ArrayList<>(model.state().sequencedValues().stream().map(Tensor::toArray).toList());
            assertTrue(all.size() > model.parameters().size(), "the running statistics are part of it");
            all.add(y);
            return all;
        }
    }

    /** Two products read one matrix: the second adds to the gradient of the first, on whichever side the matrix stands. */
    @Test
    void productsAddToGradientsThatAreThere() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var w = session.parameter("w", Shape.of(5, 5));
            w.copyFrom(integers(25, 5));
            var a = step.of(Shape.of(5, 5), integers(25, 6));
            var b = step.of(Shape.of(5, 5), integers(25, 7));
            step.backward(a.matmul(w).add(w.matmul(b)).sum());
            var expected = new float[25];
            for (var i = 0; i < 5; i++) {
                for (var j = 0; j < 5; j++) {
                    for (var k = 0; k < 5; k++) {
                        expected[5 * i + j] += integers(25, 6)[5 * k + i] + integers(25, 7)[5 * j + k];
                    }
                }
            }
            assertArrayEquals(expected, w.grad());
        }
    }

    @Test
    void gradientsAreClippedByNormAndByValue() {
        assertArrayEquals(new float[] {-0.6f, -0.8f}, updated(sgd -> sgd.clipNorm(1)), 1e-6f);
        assertArrayEquals(new float[] {-3, -4}, updated(sgd -> sgd.clipNorm(6)));
        assertArrayEquals(new float[] {-3, -3.5f}, updated(sgd -> sgd.clipValue(3.5)));
    }

    /** Two weights of 0 after a step of 1 against the gradient [3, 4]. */
    private static float[] updated(Function<Sgd, ?> clip) {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(2));
            var sgd = new Sgd(List.of(w), new Sgd.Options(1));
            clip.apply(sgd);
            try (var step = session.step(Mode.TRAIN)) {
                step.backward(w.mul(step.of(Shape.of(2), 3, 4)).sum());
                sgd.step();
            }
            return w.toArray();
        }
    }

    @Test
    void theWatchForNanNamesTheLayerWhereItFirstAppears() {
        try (var session = Session.open(Session.options().checkFinite(true))) {
            var model = Layers.sequential(Layers.dense(3), Layers.lambda("root", Tensor::sqrt), Layers.dense(2)).build(session, Shape.of(2),
                    1);
            model.parameter("0.bias").copyFrom(-1000, -1000, -1000);
            try (var step = session.step(Mode.TRAIN)) {
                var e = assertThrows(ArithmeticException.class, () -> model.forward(step.of(Shape.of(1, 2), 1, 2)));
                assertTrue(e.getMessage().startsWith("1") && e.getMessage().contains("sqrt"), e.getMessage());
            }
        }
    }
}
