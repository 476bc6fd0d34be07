package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckpointedTest {
    private static final Shape IN = Shape.of(3, 12, 12);
    private static final Sequential NET = sequential(named("stem", sequential(conv2d(8, 3).padding(1), batchNorm(), relu())),
            residual(sequential(conv2d(8, 3).padding(1), batchNorm(), relu(), conv2d(8, 3).padding(1))), relu(),
            conv2d(8, 3).padding(1), batchNorm(), relu(), maxPool2d(2), conv2d(8, 3), relu(), flatten(), dense(3));

    private record Pass(List<float[]> values, long steps) {
    }

    /** Gradients and running statistics in order, and the bytes in use between forward and backward. */
    private static Pass run(Layer layer) {
        try (var session = Session.open()) {
            var model = layer.build(session, IN, 1);
            var seed = 10;
            for (var parameter : model.parameters()) {
                parameter.copyFrom(Runs.gaussian(seed++, parameter.shape()));
            }
            var values = new ArrayList<float[]>();
            long steps;
            try (var step = session.step(Mode.TRAIN)) {
                var shape = Shape.of(4).concat(IN);
                var y = model.forward(step.of(shape, Runs.gaussian(3, shape)));
                steps = session.memory().steps();
                step.backward(y, Gradients.REPLACE, Runs.gaussian(4, y.shape()));
                values.add(y.toArray());
            }
            model.parameters().forEach(p -> values.add(p.grad()));
            model.buffers().values().stream().map(Tensor::toArray).forEach(values::add);
            return new Pass(values, steps);
        }
    }

    @Test
    void aChainInPartsGivesTheSameBitsInLessMemory() {
        var whole = run(NET);
        for (var parts : new int[] {1, 2, 3, 5}) {
            var cut = run(Checkpointed.parts(NET, IN, parts));
            assertEquals(whole.values.size(), cut.values.size());
            for (var i = 0; i < whole.values.size(); i++) {
                assertArrayEquals(whole.values.get(i), cut.values.get(i), "value " + i + " in " + parts + " parts");
            }
            assertTrue(parts == 1 || cut.steps < whole.steps, () -> parts + " parts hold " + cut.steps + ", the whole " + whole.steps);
        }
    }

    @Test
    void everyPartButTheLastIsACheckpointAndNoneBeginsWithWhatFuses() {
        assertEquals(3, Checkpointed.parts(NET, IN, 3).layers().size());
        for (var n = 1; n <= 13; n++) {
            var parts = Checkpointed.parts(NET, IN, n).layers();
            assertEquals(NET.outputShape(IN), new Sequential(parts).outputShape(IN));
            for (var part : parts) {
                assertEquals(part != parts.getLast(), part instanceof Checkpointed);
                var chain = (Sequential) (part instanceof Checkpointed(var body) ? body : part);
                var first = chain.layers().getFirst();
                assertFalse(first instanceof BatchNormalization || first instanceof Elementwise || first instanceof Pooling,
                        () -> "of " + parts.size() + " parts one begins with " + first.label());
            }
        }
    }

    @Test
    void refusesMorePartsThanThereAreLayers() {
        var e = assertThrows(IllegalArgumentException.class, () -> Checkpointed.parts(NET, IN, 14));
        assertEquals("checkpoints: 14 parts of a chain of 13 layers; give 1 to 13", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Checkpointed.parts(NET, IN, 0));
    }
}
