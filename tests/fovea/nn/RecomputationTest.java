package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Results of batch norms that are given up after forward and made anew in backward change no bit of anything. */
class RecomputationTest {
    private static final int BATCH = 4;
    private static final Shape IN = Shape.of(3, 32, 32);
    /** Bytes of what the stem gives, 16 channels of 32 x 32, and of every map behind it, 32 channels of 16 x 16. */
    private static final long STEM = 4L * BATCH * 16 * 32 * 32;
    private static final long MAP = 4L * BATCH * 32 * 16 * 16;

    private static Layer block(int stride, Layer shortcut) {
        return residual(sequential(conv2d(32, 3).stride(stride).padding(1).bias(false), batchNorm(), relu(),
                conv2d(32, 3).padding(1).bias(false), batchNorm()), shortcut).activation(relu());
    }

    private static final Layer NET = sequential(conv2d(16, 3).padding(1), batchNorm(), relu(),
            block(2, sequential(conv2d(32, 1).stride(2).bias(false), batchNorm())), block(1, identity()), block(1, identity()),
            conv2d(5, 1), flatten(), dense(4));

    /** Everything that passes give, by name, and the bytes in use between forward and backward of the last. */
    private record Result(SequencedMap<String, float[]> values, long steps) {
    }

    private static Result run(boolean recompute, BiFunction<Model, Tensor, Tensor> forward, Consumer<Model> change) {
        try (var session = Session.open(Session.options().recompute(recompute))) {
            var model = NET.build(session, IN, 7);
            change.accept(model);
            var values = new LinkedHashMap<String, float[]>();
            var steps = 0L;
            for (var pass = 0; pass < 3; pass++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var shape = Shape.of(BATCH).concat(IN);
                    var y = forward.apply(model, step.of(shape, Runs.gaussian(3, shape)));
                    steps = session.memory().steps();
                    step.backward(y, Gradients.REPLACE, Runs.gaussian(4, y.shape()));
                }
                assertEquals(0, session.memory().steps());
            }
            model.parameters().stream().filter(p -> !p.frozen()).forEach(p -> values.put("d " + p.name(), p.grad()));
            model.buffers().forEach((name, buffer) -> values.put(name, buffer.toArray()));
            values.put("in EVAL", Runs.eval(session, model, BATCH, 5));
            return new Result(values, steps);
        }
    }

    private static long saved(BiFunction<Model, Tensor, Tensor> forward, Consumer<Model> change) {
        var kept = run(false, forward, change);
        var madeAnew = run(true, forward, change);
        assertEquals(kept.values.keySet(), madeAnew.values.keySet());
        kept.values.forEach((name, expected) -> assertArrayEquals(expected, madeAnew.values.get(name), name));
        return kept.steps - madeAnew.steps;
    }

    private static final BiFunction<Model, Tensor, Tensor> PLAIN = Model::forward;

    @Test
    void whatNormsGiveIsMadeAnewInBackward() {
        // The stem's result, those of the inner norm of each block, of the first block, although what its shortcut added is gone, and of
        // the third; the second block's is made of the first's, which is given up.
        assertEquals(STEM + 5 * MAP, saved(PLAIN, _ -> {}));
    }

    @Test
    void whatLiesInACheckpointIsGivenUpOnce() {
        BiFunction<Model, Tensor, Tensor> checkpointed = (model, x) -> x.step().checkpoint(model::forward, x);
        assertEquals(0, saved(checkpointed, _ -> {}));
        var whole = run(true, PLAIN, _ -> {});
        run(true, checkpointed, _ -> {}).values.forEach((name, values) -> assertArrayEquals(whole.values.get(name), values, name));
    }

    @Test
    void whatAHookLooksAtStays() {
        var all = saved(PLAIN, _ -> {});
        assertEquals(all - MAP, saved(PLAIN, model -> model.onActivation("3.body.2", (_, y) -> y)));
    }

    @Test
    void frozenLayersKeepNothingThatCouldBeMadeAnew() {
        assertEquals(2 * MAP, saved(PLAIN, model -> model.freeze("0.*", "1.*", "3.*", "4.*")));
    }

    @Test
    void aPassWithoutBackwardGivesEverythingBack() {
        try (var session = Session.open(Session.options().recompute(true))) {
            var model = NET.build(session, IN, 7);
            for (var i = 0; i < 2; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    model.forward(step.zeros(Shape.of(BATCH).concat(IN)));
                    assertTrue(session.memory().steps() > 0);
                }
                assertEquals(0, session.memory().steps());
            }
        }
    }

    @Test
    void timeIsNotTradedUnlessAskedFor() {
        assertFalse(Session.options().recompute());
    }
}
