package fovea.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.support.JsonReader;
import fovea.support.Tiers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class MuonTest {
    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> goesWherePyTorchGoes() throws IOException {
        Map<String, Object> record;
        try (var in = MuonTest.class.getResourceAsStream("muon.json")) {
            record = JsonReader.object(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        var cases = (List<Map<String, Object>>) record.get("cases");
        return cases.stream().flatMap(c -> Tiers.available().stream().map(
                isa -> DynamicTest.dynamicTest(c.get("rows") + " x " + c.get("columns") + ", " + isa, () -> follow(c, isa))));
    }

    @SuppressWarnings("unchecked")
    private static void follow(Map<String, Object> c, String isa) {
        var rows = ((Double) c.get("rows")).intValue();
        var columns = ((Double) c.get("columns")).intValue();
        var chosen = (Map<String, Object>) c.get("options");
        var options = new Muon.Options(0.02);
        options = options.momentum((double) chosen.getOrDefault("momentum", options.momentum()))
                .nesterov((boolean) chosen.getOrDefault("nesterov", true)).decay((double) chosen.getOrDefault("weight_decay", 0.1))
                .iterations(((Double) chosen.getOrDefault("ns_steps", 5.0)).intValue());
        var start = floats((List<Double>) c.get("start"));
        var gradients = (List<List<Double>>) c.get("gradients");
        var end = (List<Double>) c.get("end");
        try (var session = Session.open(Session.options().isa(isa))) {
            // Windows count as columns.
            var shape = columns == 18 ? Shape.of(rows, 2, 3, 3) : Shape.of(rows, columns);
            var w = session.parameter("w", shape);
            w.copyFrom(start);
            var muon = new Muon(List.of(w), options);
            for (var gradient : gradients) {
                OptimizerContract.give(w, floats(gradient));
                muon.step();
            }
            // The polynomial's slope is below 4 on [0, 1.2], where all singular values are, so what one iteration rounds (three products of
            // rows + columns terms, none above 1.2) grows 4 times in each that follows; each step moves that times its rate.
            var growth = (Math.pow(4, options.iterations()) - 1) / 3;
            var rate = 0.02 * Math.sqrt(Math.max(1, (double) rows / columns));
            var bound = gradients.size() * 0x1p-24 * (rate * growth * 3 * 1.2 * (rows + columns) + 2);
            var moved = 0.0;
            var actual = w.toArray();
            for (var i = 0; i < actual.length; i++) {
                var error = Math.abs(actual[i] - end.get(i));
                assertTrue(error <= bound,
                        "w[%d] is %s, PyTorch has %s; error %.3g, bound %.3g".formatted(i, actual[i], end.get(i), error, bound));
                moved = Math.max(moved, Math.abs(end.get(i) - start[i]));
            }
            assertTrue(moved > 100 * bound, "moved %.3g, bound %.3g: nothing is proven".formatted(moved, bound));
        }
    }

    private static float[] floats(List<Double> numbers) {
        var all = new float[numbers.size()];
        for (var i = 0; i < all.length; i++) {
            all[i] = numbers.get(i).floatValue();
        }
        return all;
    }

    private static float[] gaussian(long seed, int n) {
        var random = new SplittableRandom(seed);
        var x = new float[n];
        for (var i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    /** Steps of two large and one small matrix and a vector; in the middle the optimizer is made anew from its state, if asked. */
    private static float[][] run(int threads, boolean resumed) {
        try (var session = Session.open(Session.options().threads(threads))) {
            var shapes = List.of(Shape.of(64, 16, 3, 3), Shape.of(300, 40), Shape.of(2, 2), Shape.of(64));
            var parameters = shapes.stream().map(s -> session.parameter("p" + shapes.indexOf(s), s)).toList();
            for (var p : parameters) {
                p.copyFrom(gaussian(p.name().hashCode(), (int) p.shape().elements()));
            }
            var muon = new Muon(parameters, new Muon.Options(0.02));
            for (var t = 0; t < 4; t++) {
                if (resumed && t == 2) {
                    var state = muon.state();
                    muon = new Muon(parameters, new Muon.Options(0.02));
                    muon.load(state);
                }
                for (var p : parameters) {
                    OptimizerContract.give(p, gaussian(31L * t + p.name().hashCode(), (int) p.shape().elements()));
                }
                muon.step();
            }
            return parameters.stream().map(Parameter::toArray).toArray(float[][]::new);
        }
    }

    @Test
    void threadsAndASavedStateChangeNoBit() {
        var expected = run(1, false);
        assertArrayEquals(expected, run(2, false));
        assertArrayEquals(expected, run(1, true));
    }

    @Test
    void vectorsAreAdamWs() {
        try (var session = Session.open()) {
            var a = session.parameter("a", Shape.of(5));
            var b = session.parameter("b", Shape.of(5));
            var group = session.parameter("group", Shape.of(5));
            var muon = new Muon(new Muon.Options(0.02).vectorRate(3e-3), Group.of(List.of(a)), Group.of(List.of(group)).rate(0.5));
            var adamW = new AdamW(List.of(b), new AdamW.Options(3e-3).decay(0.1));
            for (var p : List.of(a, b, group)) {
                p.copyFrom(gaussian(1, 5));
            }
            for (var t = 0; t < 3; t++) {
                for (var p : List.of(a, b, group)) {
                    OptimizerContract.give(p, gaussian(t + 9, 5));
                }
                muon.rateFactor(0.5);
                adamW.rateFactor(0.5);
                muon.step();
                adamW.step();
            }
            assertArrayEquals(b.toArray(), a.toArray());
            assertTrue(Math.abs(group.toArray()[0] - b.toArray()[0]) > 0.1, "a group's rate is that of its vectors too");
        }
    }

    @Test
    void aMatrixWithoutGradientOnlyDecays() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(2, 2));
            w.copyFrom(new float[] {1, 2, 3, 4});
            OptimizerContract.give(w, 0, 0, 0, 0);
            new Muon(List.of(w), new Muon.Options(0.5).decay(0.5)).step();
            assertArrayEquals(new float[] {0.75f, 1.5f, 2.25f, 3}, w.toArray());
        }
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertEquals("muon: momentum is 1.0; it must be at least 0.0 and below 1.0",
                assertThrows(IllegalArgumentException.class, () -> new Muon.Options(0.1).momentum(1)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Muon.Options(0.1).iterations(0));
    }
}
