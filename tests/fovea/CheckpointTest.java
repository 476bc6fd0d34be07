package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Blocks that are computed again in backward, also within each other. */
class CheckpointTest {
    private static Tensor body(Tensor x) {
        return x.tanh().add(x).sigmoid().add(x);
    }

    /** The gradient of w, and the most memory that the pass held. */
    private record Pass(float[] gradient, long held) {
    }

    private static Pass run(Function<Step, Function<Tensor, Tensor>> network) {
        try (var session = Session.open(Session.options().threads(1))) {
            var w = session.parameter("w", Shape.of(3000));
            try (var step = session.step(Mode.EVAL)) {
                w.copyFrom(step.normal(w.shape(), 0, 1).toArray());
            }
            var seed = new float[3000];
            Arrays.fill(seed, 0.5f);
            var passes = new Pass[3];
            for (var i = 0; i < passes.length; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var y = network.apply(step).apply(w.add(w)).square();
                    var held = session.memory().steps();
                    step.backward(y, Gradients.REPLACE, seed);
                    passes[i] = new Pass(w.grad(), held);
                }
                assertEquals(0, session.memory().steps());
                assertArrayEquals(passes[0].gradient, passes[i].gradient, "a replayed pass gives the same bits");
            }
            return passes[2];
        }
    }

    private static final Function<Step, Function<Tensor, Tensor>> PLAIN = _ -> x -> body(body(body(body(x))));

    @Test
    void nestedBlocksGiveTheSameBitsInLessMemory() {
        var plain = run(PLAIN);
        var outer = run(step -> x -> step.checkpoint(t -> body(body(body(body(t)))), x));
        var nested = run(step -> x -> step.checkpoint(
                t -> step.checkpoint(u -> body(body(u)), step.checkpoint(u -> body(step.checkpoint(CheckpointTest::body, u)), t)), x));
        assertArrayEquals(plain.gradient, outer.gradient);
        assertArrayEquals(plain.gradient, nested.gradient);
        assertTrue(outer.held < plain.held && nested.held <= outer.held, () -> plain.held + ", " + outer.held + ", " + nested.held);
    }

    /** Both dropouts' masks of one forward pass, by what they leave of the result and of the gradient. */
    @Test
    void blocksThatDrawDrawTheSameAgain() {
        Function<Tensor, Tensor> draws = x -> x.dropout(0.5f).square().dropout(0.25f).square();
        var passes = new float[2][][];
        for (var checkpointed = 0; checkpointed < 2; checkpointed++) {
            try (var session = Session.open(Session.options().seed(5))) {
                var w = session.parameter("w", Shape.of(300));
                var ones = new float[300];
                Arrays.fill(ones, 1);
                w.copyFrom(ones);
                try (var step = session.step(Mode.TRAIN)) {
                    var y = checkpointed == 0 ? draws.apply(w) : step.checkpoint(draws::apply, w);
                    var result = y.toArray();
                    step.backward(y, Gradients.REPLACE, ones);
                    passes[checkpointed] = new float[][] {result, w.grad()};
                }
            }
        }
        assertArrayEquals(passes[0][0], passes[1][0], "results");
        assertArrayEquals(passes[0][1], passes[1][1], "gradients");
    }

    @Test
    void aBlockAroundTheSameBlockIsTheBlock() {
        var plain = run(PLAIN);
        var twice = run(step -> x -> step.checkpoint(
                t -> step.checkpoint(u -> step.checkpoint(v -> body(body(body(body(v)))), u), t), x));
        assertArrayEquals(plain.gradient, twice.gradient);
    }

    @Test
    void blocksThatReadFromOutsideFindIt() {
        var plain = run(_ -> x -> {
            var outside = x.tanh();
            return body(body(x).add(outside)).add(outside);
        });
        var nested = run(step -> x -> {
            var outside = x.tanh();
            var y = step.checkpoint(t -> step.checkpoint(u -> body(body(u).add(outside)), t), x).add(outside);
            step.discard(outside);
            return y;
        });
        assertArrayEquals(plain.gradient, nested.gradient);
    }

    @Test
    void aPassWithoutBackwardGivesEverythingBack() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(10));
            try (var step = session.step(Mode.TRAIN)) {
                step.checkpoint(t -> body(step.checkpoint(CheckpointTest::body, t)), w.add(w));
            }
            assertEquals(0, session.memory().steps());
        }
    }

    @Test
    void nanInBackwardNamesTheOpAndItsLayer() {
        try (var session = Session.open(Session.options().checkFinite(true)); var step = session.step(Mode.TRAIN)) {
            var w = session.parameter("w", Shape.of(2));
            w.copyFrom(0f, 1f);
            step.enter("head.root");
            var y = w.sqrt();   // 0 at 0, where its slope is infinite
            step.enter("");
            var e = assertThrows(ArithmeticException.class, () -> step.backward(y.add(y), Gradients.REPLACE, 1, 1));
            assertTrue(e.getMessage().contains("head.root") && e.getMessage().contains("gradient of its input 0"), e.getMessage());
        }
    }
}
