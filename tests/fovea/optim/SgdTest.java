package fovea.optim;

import static fovea.support.Rounded.nearest;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.Rounded;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SgdTest {
    private static OptimizerContract.Oracle oracle(double rate, double momentum, double decay, double dampening, boolean nesterov) {
        return new OptimizerContract.Oracle() {
            private Rounded[] v;

            @Override
            public void step(Rounded[] w, Rounded[] g, int t) {
                v = v == null ? new Rounded[w.length] : v;
                for (var i = 0; i < w.length; i++) {
                    var d = nearest(decay).times(w[i]).plus(g[i]);
                    v[i] = t == 1 ? d : nearest(momentum).times(v[i]).plus(nearest(1 - dampening).times(d));
                    w[i] = w[i].minus(nearest(rate).times(momentum == 0 ? d : nesterov ? d.plus(nearest(momentum).times(v[i])) : v[i]));
                }
            }
        };
    }

    @Test
    void followsItsOracle() {
        OptimizerContract.check(p -> new Sgd(p, new Sgd.Options(0.05)), () -> oracle(0.05, 0, 0, 0, false));
        OptimizerContract.check(p -> new Sgd(p, new Sgd.Options(0.05, 0.9, 5e-4)), () -> oracle(0.05, 0.9, 5e-4, 0, false));
        OptimizerContract.check(p -> new Sgd(p, new Sgd.Options(0.05, 0.9, 5e-4).dampening(0.3)),
                () -> oracle(0.05, 0.9, 5e-4, 0.3, false));
        OptimizerContract.check(p -> new Sgd(p, new Sgd.Options(0.05, 0.9, 5e-4).nesterov(true)),
                () -> oracle(0.05, 0.9, 5e-4, 0, true));
    }

    @Tag("fuzz")
    @Test
    void randomParametersFollowTheOracle() {
        Fuzz.run("sgd", 30, random -> {
            var rate = random.nextDouble(0.01, 0.1);
            var momentum = random.nextBoolean() ? 0 : random.nextDouble(0.1, 0.95);
            var decay = random.nextBoolean() ? 0 : random.nextDouble(0.1);
            var nesterov = momentum > 0 && random.nextBoolean();
            var dampening = momentum > 0 && !nesterov && random.nextBoolean() ? random.nextDouble() : 0;
            OptimizerContract.sample(
                    p -> new Sgd(p, new Sgd.Options(rate, momentum, decay).dampening(dampening).nesterov(nesterov)),
                    () -> oracle(rate, momentum, decay, dampening, nesterov), random);
        });
    }

    @Test
    void groupsHaveRatesOfTheirOwn() {
        try (var session = Session.open()) {
            var a = session.parameter("a", Shape.of(1));
            var b = session.parameter("b", Shape.of(1));
            var sgd = new Sgd(new Sgd.Options(1), Group.of(List.of(a)).rate(0.5), Group.of(List.of(b)));
            sgd.rateFactor(0.5);
            OptimizerContract.give(a, 8);
            OptimizerContract.give(b, 8);
            sgd.step();
            assertEquals(-2, a.item());
            assertEquals(-4, b.item());
        }
    }

    @Test
    void leavesFrozenAndUnreachedParametersAlone() {
        try (var session = Session.open()) {
            var a = session.parameter("a", Shape.of(1));
            var b = session.parameter("b", Shape.of(1));
            var c = session.parameter("c", Shape.of(1));
            var sgd = new Sgd(List.of(a, b, c), new Sgd.Options(1));
            OptimizerContract.give(a, 1);
            OptimizerContract.give(b, 1);
            b.freeze(true);
            sgd.step();
            assertArrayEquals(new float[] {-1, 0, 0}, new float[] {a.item(), b.item(), c.item()});
            OptimizerContract.give(c, 1);
            sgd.step();
            assertArrayEquals(new float[] {-1, 0, -1}, new float[] {a.item(), b.item(), c.item()}, "a's old gradient was used twice");
        }
    }

    @Test
    void saysThatThereIsNoGradient() {
        try (var session = Session.open()) {
            var sgd = new Sgd(List.of(session.parameter("a", Shape.of(1))), new Sgd.Options(1));
            var e = assertThrows(IllegalStateException.class, sgd::step);
            assertTrue(e.getMessage().contains("step.backward(loss)"), e.getMessage());
        }
    }

    @Test
    void clipsByNormAndByValue() {
        try (var session = Session.open()) {
            var a = session.parameter("a", Shape.of(2));
            var b = session.parameter("b", Shape.of(1));
            var sgd = new Sgd(List.of(a, b), new Sgd.Options(1));
            sgd.clipNorm(1);
            OptimizerContract.give(a, 3, 0);
            OptimizerContract.give(b, 4);
            assertEquals(5, sgd.gradientNorm(), 1e-12);
            sgd.step();
            assertArrayEquals(new float[] {-0.6f, 0}, a.toArray(), 1e-6f);
            assertEquals(-0.8f, b.item(), 1e-6f);
            sgd.clipNorm(Double.POSITIVE_INFINITY).clipValue(0.5);
            a.copyFrom(0f, 0f);
            OptimizerContract.give(a, 3, -0.25f);
            sgd.step();
            assertArrayEquals(new float[] {-0.5f, 0.25f}, a.toArray());
        }
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> new Sgd.Options(0.1, 1.5, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sgd.Options(0.1).nesterov(true));
        try (var session = Session.open()) {
            var a = session.parameter("a", Shape.of(1));
            assertThrows(IllegalArgumentException.class, () -> new Sgd(List.of(a), new Sgd.Options(-1)));
            assertThrows(IllegalArgumentException.class, () -> new Sgd(List.of(a, a), new Sgd.Options(1)));
            assertThrows(IllegalArgumentException.class, () -> new Sgd(List.of(), new Sgd.Options(1)));
        }
    }

    @Test
    void refusesAForeignState() {
        try (var session = Session.open()) {
            var a = session.parameter("a", Shape.of(1));
            var b = session.parameter("b", Shape.of(1));
            var ofA = new Sgd(List.of(a), new Sgd.Options(1, 0.9, 0));
            OptimizerContract.give(a, 1);
            ofA.step();
            var ofB = new Sgd(List.of(b), new Sgd.Options(1, 0.9, 0));
            assertThrows(IllegalArgumentException.class, () -> ofB.load(ofA.state()));
        }
    }
}
