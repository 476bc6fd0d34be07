package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.oracle.Philox;
import fovea.support.Refusals;
import fovea.support.Tiers;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RandomReluTest {
    private static final long SEED = 99;

    @Test
    void slopesAreThoseThatPhiloxSays() {
        for (var isa : Tiers.available()) {
            try (var session = Sessions.guarded(Session.options().isa(isa).seed(SEED))) {
                for (var n = 1; n <= 140; n++) {
                    try (var step = session.step(Mode.TRAIN)) {
                        var in = new float[n];
                        var ones = new float[n];
                        Arrays.fill(ones, 1);
                        for (var i = 0; i < n; i++) {
                            in[i] = i % 3 == 0 ? i + 1 : -i - 1;
                        }
                        var x = step.of(Shape.of(n), in).track();
                        var stream = session.randomPosition();
                        var y = x.randomRelu(0.125f, 0.375f);
                        step.backward(y, Gradients.REPLACE, ones);
                        for (var i = 0; i < n; i++) {
                            var slope = in[i] > 0 ? 1 : 0.125 + 0.25 * (Philox.ofElement(i, stream, SEED) >> 8) * 0x1p-24;
                            assertEquals(slope, x.grad()[i], 0x1p-24);
                            assertEquals(slope * in[i], y.toArray()[i], 0x1p-23 * Math.abs(in[i]));
                        }
                    }
                }
            }
        }
    }

    @Test
    void evaluationTakesTheMeanSlope() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            assertArrayEquals(new float[] {4, -1}, step.of(Shape.of(2), 4, -4).randomRelu(0.125f, 0.375f).toArray());
        }
    }

    @Test
    void paddingLanesStayZeroEvenWithNegativeSlopes() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.apply(new Reorder("C16"), step.full(Shape.of(2, 17, 2, 2), -1));
            assertTrue(Sessions.paddingIsZero(x.randomRelu(-2, -1), false));
        }
    }

    @Test
    void refusesSlopesInTheWrongOrder() {
        Refusals.of(step -> step.zeros(Shape.of(2)).randomRelu(2, 1), "randomRelu", "low is 2.0 and high is 1.0");
    }
}
