package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.oracle.Philox;
import fovea.runtime.Layout;
import fovea.support.Fuzz;
import fovea.support.Refusals;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DropoutTest {
    private static final long SEED = 0x123456789abcdefL;

    private static float[] ramp(int n, float from) {
        var x = new float[n];
        for (var i = 0; i < n; i++) {
            x[i] = from + i;
        }
        return x;
    }

    private static Session.Options options(String isa) {
        return Session.options().isa(isa).seed(SEED);
    }

    /** Every size around vectors and blocks of 64, several tasks, every instruction set, 1 and 2 threads, flush against a guard page. */
    @Test
    void keepsTheElementsThatPhiloxSays() {
        var sizes = IntStream.concat(IntStream.rangeClosed(1, 140), IntStream.of(16384, 40001)).toArray();
        for (var isa : Tiers.available()) {
            for (var threads = 1; threads <= 2; threads++) {
                try (var session = Sessions.guarded(options(isa).threads(threads))) {
                    for (var n : sizes) {
                        var p = n % 2 == 0 ? 0.5f : 0.3f;
                        try (var step = session.step(Mode.TRAIN)) {
                            var x = step.of(Shape.of(n), ramp(n, 1)).track();
                            var stream = session.randomPosition();
                            var y = x.dropout(p);
                            step.backward(y, Gradients.REPLACE, ramp(n, 7));
                            var limit = Math.round(p * 0x1p32);
                            var expected = new float[n];
                            var gradient = new float[n];
                            for (var i = 0; i < n; i++) {
                                var kept = Philox.ofElement(i, stream, SEED) >= limit;
                                expected[i] = kept ? (1 + i) * (1 / (1 - p)) : 0;
                                gradient[i] = kept ? (7 + i) * (1 / (1 - p)) : 0;
                            }
                            assertArrayEquals(expected, y.toArray(), () -> isa + " of " + n);
                            assertArrayEquals(gradient, x.grad(), () -> isa + " gradient of " + n);
                        }
                    }
                    assertEquals(0, session.memory().steps());
                }
            }
        }
    }

    @Tag("fuzz")
    @Test
    void randomShapesKeepTheElementsThatPhiloxSays() {
        Fuzz.run("dropout", 40, random -> {
            var isa = Tiers.available().get(random.nextInt(Tiers.available().size()));
            var options = options(isa).threads(1 + random.nextInt(2));
            var shape = Shape.of(random.longs(random.nextInt(1, 5), 1, 12).toArray());
            var n = (int) shape.elements();
            var p = random.nextFloat();
            var session = Fuzz.session(options, random);
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.of(shape, ramp(n, 1)).track();
                var stream = session.randomPosition();
                var y = x.dropout(p);
                step.backward(y, Gradients.REPLACE, ramp(n, 7));
                var limit = Math.round(p * 0x1p32);
                var values = y.toArray();
                var grad = x.grad();
                for (var i = 0; i < n; i++) {
                    var factor = Philox.ofElement(i, stream, SEED) >= limit ? 1 / (1 - p) : 0;
                    if ((1 + i) * factor != values[i] || (7 + i) * factor != grad[i]) {
                        fail("%s: element %d of %s with p = %s is %s with gradient %s, expected a factor of %s".formatted(options, i, shape,
                                p,
                                values[i], grad[i], factor));
                    }
                }
            }
        });
    }

    /** Six standard deviations of the number of kept elements; the seed is fixed, so this cannot fail by chance. */
    @Test
    void dropsTheShareItWasAskedFor() {
        var n = 1 << 18;
        try (var session = Session.open(options("best")); var step = session.step(Mode.TRAIN)) {
            for (var p : new float[] {0, 0.1f, 0.5f, 0.9f}) {
                var kept = 0;
                for (var v : step.full(Shape.of(n), 1).dropout(p).toArray()) {
                    kept += v != 0 ? 1 : 0;
                }
                assertTrue(Math.abs(kept - n * (1 - p)) <= 6 * Math.sqrt(n * p * (1 - p)) + 1e-3 * n * Math.ulp(p), p + ": " + kept);
            }
        }
    }

    @Test
    void everyDrawIsAnother() {
        try (var session = Session.open(options("best")); var step = session.step(Mode.TRAIN)) {
            var x = step.full(Shape.of(1000), 1);
            assertFalse(Arrays.equals(x.dropout(0.5f).toArray(), x.dropout(0.5f).toArray()));
        }
    }

    @Test
    void aDroppedNaNIsZero() {
        try (var session = Session.open(options("best")); var step = session.step(Mode.TRAIN)) {
            var y = step.full(Shape.of(1000), Float.NaN).dropout(0.5f).toArray();
            assertTrue(IntStream.range(0, 1000).anyMatch(i -> y[i] == 0) && IntStream.range(0, 1000).anyMatch(i -> Float.isNaN(y[i])));
        }
    }

    @Test
    void aCheckpointRecomputesTheSameMask() {
        try (var session = Session.open(options("best"))) {
            var w = session.parameter("w", Shape.of(500));
            w.copyFrom(ramp(500, 1));
            try (var step = session.step(Mode.TRAIN)) {
                var y = step.checkpoint(t -> t.dropout(0.5f).mul(2), w.add(0));
                var seed = new float[500];
                Arrays.fill(seed, 1);
                var kept = y.toArray();
                step.backward(y, Gradients.REPLACE, seed);
                for (var i = 0; i < 500; i++) {
                    assertEquals(kept[i] == 0 ? 0 : 4, w.grad()[i]);
                }
            }
        }
    }

    @Test
    void wholeChannelsAndSamplesGoTogether() {
        var shape = Shape.of(18, 17, 3, 3);
        for (var isa : Tiers.available()) {
            for (var layout : Layout.values()) {
                for (var per : new Dropout.Per[] {Dropout.Per.CHANNEL, Dropout.Per.SAMPLE}) {
                    try (var session = Sessions.guarded(options(isa)); var step = session.step(Mode.TRAIN)) {
                        var n = (int) shape.elements();
                        var x = step.of(shape, ramp(n, 1)).track();
                        var placed = layout == Layout.PLAIN ? x : step.apply(new Reorder(layout.name()), x);
                        var y = step.apply(new Dropout(0.25f, per), placed);
                        assertEquals(layout, Sessions.layout(y));
                        assertTrue(Sessions.paddingIsZero(y, false));
                        var ones = new float[n];
                        Arrays.fill(ones, 1);
                        step.backward(y, Gradients.REPLACE, ones);
                        var together = per == Dropout.Per.CHANNEL ? 9 : 17 * 9;
                        var values = y.toArray();
                        var dropped = 0;
                        for (var i = 0; i < n; i++) {
                            var factor = x.grad()[i / together * together];
                            assertTrue(factor == 0 || factor == 1 / 0.75f);
                            assertEquals(factor, x.grad()[i]);
                            assertEquals((1 + i) * factor, values[i]);
                            dropped += factor == 0 ? 1 : 0;
                        }
                        assertTrue(dropped > 0 && dropped < n);
                    }
                }
            }
        }
    }

    @Test
    void aChannelOfOneElementIsAnElement() {
        try (var session = Session.open(options("best")); var step = session.step(Mode.TRAIN)) {
            var x = step.apply(new Reorder("C16"), step.full(Shape.of(40, 17), 1));
            var y = step.apply(new Dropout(0.5f, Dropout.Per.CHANNEL), x).toArray();
            for (var v : y) {
                assertTrue(v == 0 || v == 2);
            }
        }
    }

    @Test
    void refusesWhatIsNoProbability() {
        Refusals.of(step -> step.zeros(Shape.of(2)).dropout(1), "dropout", "p is 1.0", "below 1");
        Refusals.of(step -> step.zeros(Shape.of(2)).dropout(Float.NaN), "p is NaN");
        Refusals.of(step -> step.apply(new Dropout(0.5f, Dropout.Per.CHANNEL), step.zeros(Shape.of(2))), "CHANNEL", "[n, c, ...]");
    }
}
