package fovea.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightAverageTest {
    @Test
    void plainAveragesAreMeansOfAllUpdates() {
        try (var session = Session.open()) {
            var state = new LinkedHashMap<String, Tensor>();
            state.put("w", session.parameter("w", Shape.of(20_000)));
            state.put("mean", session.tensor("mean", Shape.of(1), ElementType.F32));
            var average = WeightAverage.plain(state);
            for (var i = 1; i <= 3; i++) {
                state.get("w").copyFrom(filled(20_000, i * i));
                state.get("mean").copyFrom((float) i);
                average.update();
            }
            assertArrayEquals(filled(20_000, 14 / 3f), average.averages().get("w").toArray(), 1e-6f);
            assertEquals(2, average.averages().get("mean").item(), 1e-6);
        }
    }

    @Test
    void movingAveragesFollowAndStandInForTheWeights() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(1));
            var state = new LinkedHashMap<String, Tensor>();
            state.put("w", w);
            w.copyFrom(1f);
            var average = WeightAverage.exponential(state, 0.15);
            w.copyFrom(2f);
            average.update();                                       // the first keeps a tenth
            assertEquals(0.1 + 0.9 * 2, average.averages().get("w").item(), 1e-6);
            w.copyFrom(4f);
            average.update();
            var expected = 0.15 * 1.9 + 0.85 * 4;
            assertEquals(expected, average.use(() -> (double) w.item()), 1e-6);
            assertEquals(4, w.item());
            assertEquals(expected, average.averages().get("w").item(), 1e-6);
            assertThrows(IllegalStateException.class, () -> average.use(() -> {
                average.update();
                return 0;
            }));
            assertEquals(4, w.item(), "put back after a failure too");

            var saved = new LinkedHashMap<String, float[]>();
            saved.put("w", new float[] {7});
            average.load(saved, 5);
            assertEquals(5, average.updates());
            average.copyToModel();
            assertEquals(7, w.item());
            saved.put("w", new float[2]);
            assertThrows(IllegalArgumentException.class, () -> average.load(saved, 5));
        }
    }

    @Test
    void theRateFinderSeesWhereTheLossFallsAndPutsEverythingBack() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(1));
            w.copyFrom(3f);
            var sgd = new Sgd(List.of(w), new Sgd.Options(0.5, 0.5, 0));
            OptimizerContract.give(w, 1);
            sgd.step();
            var before = w.item();
            var state = sgd.state();
            // loss = w^2 / 2: gradient descent diverges above a rate of about 2.
            var curve = RateFinder.run(sgd, List.of(w), 1e-4, 100, 60, () -> {
                OptimizerContract.give(w, w.item());
                return w.item() * w.item() / 2;
            });
            assertTrue(curve.points().size() < 60, "it stopped where the loss ran away");
            assertTrue(curve.suggestion() > 0.005 && curve.suggestion() < 2, () -> "suggested " + curve.suggestion());
            assertEquals(before, w.item());
            assertArrayEquals(state.arrays().get("w/momentum"), sgd.state().arrays().get("w/momentum"));
            assertEquals(state.numbers(), sgd.state().numbers());
        }
    }

    private static float[] filled(int n, float value) {
        var x = new float[n];
        java.util.Arrays.fill(x, value);
        return x;
    }
}
