package fovea.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.Gradients;
import fovea.Mode;
import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.op.Linear;
import fovea.support.Fuzz;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every optimizer beside a plain double loop of its published rule. */
class OptimizersTest {
    /** An oracle whose update of one element has arrays a, b, c of state. */
    private interface Rule {
        double step(double w, double g, int t, double[][] s, int i);
    }

    private static Supplier<OptimizerContract.Oracle> oracle(Rule rule) {
        return () -> {
            var state = new double[3][];
            return (w, g, t) -> {
                for (var s = 0; t == 1 && s < 3; s++) {
                    state[s] = new double[w.length];
                }
                for (var i = 0; i < w.length; i++) {
                    w[i] = rule.step(w[i], g[i], t, state, i);
                }
            };
        };
    }

    private static Rule adam(double rate, double b1, double b2, double eps, double decay, boolean decoupled, boolean amsgrad) {
        return (w, g, t, s, i) -> {
            var d = decoupled ? g : g + decay * w;
            s[0][i] = b1 * s[0][i] + (1 - b1) * d;
            s[1][i] = b2 * s[1][i] + (1 - b2) * d * d;
            s[2][i] = Math.max(s[2][i], s[1][i]);
            var m = s[0][i] / (1 - Math.pow(b1, t));
            var v = (amsgrad ? s[2][i] : s[1][i]) / (1 - Math.pow(b2, t));
            return (decoupled ? w * (1 - rate * decay) : w) - rate * m / (Math.sqrt(v) + eps);
        };
    }

    private static Rule rmsProp(double decay, double momentum, boolean centered) {
        return (w, g, _, s, i) -> {
            var d = g + decay * w;
            s[0][i] = 0.99 * s[0][i] + 0.01 * d * d;
            s[2][i] = 0.99 * s[2][i] + 0.01 * d;
            var v = s[0][i] - (centered ? s[2][i] * s[2][i] : 0);
            s[1][i] = momentum * s[1][i] + d / (Math.sqrt(v) + 0.1);
            return w - 0.01 * s[1][i];
        };
    }

    private static Rule adagrad(double rate, double decay) {
        return (w, g, t, s, i) -> {
            var d = g + decay * w;
            s[0][i] += d * d + (t == 1 ? 0.1f : 0);
            return w - rate / (1 + (t - 1) * 0.5) * d / (Math.sqrt(s[0][i]) + 1e-10);
        };
    }

    private static Rule adadelta(double decay, double rho) {
        return (w, g, _, s, i) -> {
            var d = g + decay * w;
            s[0][i] = rho * s[0][i] + (1 - rho) * d * d;
            var step = Math.sqrt(s[1][i] + 1e-3) / Math.sqrt(s[0][i] + 1e-3) * d;
            s[1][i] = rho * s[1][i] + (1 - rho) * step * step;
            return w - step;
        };
    }

    // Adaptive steps divide by roots of squares: a dozen roundings, and m may cancel to a tenth of its terms.
    private static final double ADAPTIVE = 128;

    @Test
    void adamFollowsItsOracle() {
        OptimizerContract.check(p -> new Adam(p, new Adam.Options(0.01)), oracle(adam(0.01, 0.9, 0.999, 1e-8, 0, false, false)), ADAPTIVE);
        OptimizerContract.check(p -> new Adam(p, new Adam.Options(0.01).decay(0.1).amsgrad(true).betas(0.8, 0.5).eps(1e-3)),
                oracle(adam(0.01, 0.8, 0.5, 1e-3, 0.1, false, true)), ADAPTIVE);
    }

    @Test
    void adamWFollowsItsOracle() {
        OptimizerContract.check(p -> new AdamW(p, new AdamW.Options(0.01)),
                oracle(adam(0.01, 0.9, 0.999, 1e-8, 0.01, true, false)), ADAPTIVE);
        OptimizerContract.check(p -> new AdamW(p, new AdamW.Options(0.01).decay(0.3).amsgrad(true).betas(0.5, 0.6).eps(1e-4)),
                oracle(adam(0.01, 0.5, 0.6, 1e-4, 0.3, true, true)), ADAPTIVE);
    }

    @Test
    void rmsPropFollowsItsOracle() {
        for (var centered : new boolean[] {false, true}) {
            for (var momentum : new double[] {0, 0.8}) {
                // eps of 0.1 keeps the root of a centered variance away from 0, where its relative error has no bound.
                OptimizerContract.check(
                        p -> new RmsProp(p, new RmsProp.Options(0.01).eps(0.1).decay(0.1).momentum(momentum).centered(centered)),
                        oracle(rmsProp(0.1, momentum, centered)), ADAPTIVE);
            }
        }
    }

    @Test
    void adagradFollowsItsOracle() {
        OptimizerContract.check(p -> new Adagrad(p, new Adagrad.Options(0.1).decay(0.2).rateDecay(0.5).start(0.1)),
                oracle(adagrad(0.1, 0.2)), ADAPTIVE);
    }

    @Test
    void adadeltaFollowsItsOracle() {
        OptimizerContract.check(p -> new Adadelta(p, new Adadelta.Options(1).decay(0.1).rho(0.8).eps(1e-3)), oracle(adadelta(0.1, 0.8)),
                ADAPTIVE);
    }

    @Tag("fuzz")
    @Test
    void randomParametersFollowTheOracles() {
        Fuzz.run("adaptive optimizers", 30, random -> {
            var rate = random.nextDouble(0.001, 0.05);
            var decay = random.nextBoolean() ? 0 : random.nextDouble(0.3);
            var b1 = random.nextDouble(0.5, 0.95);
            var b2 = random.nextDouble(0.5, 0.999);
            var amsgrad = random.nextBoolean();
            var momentum = random.nextBoolean() ? 0 : random.nextDouble(0.9);
            switch (random.nextInt(5)) {
                case 0 -> OptimizerContract.sample(
                        p -> new Adam(p, new Adam.Options(rate).decay(decay).amsgrad(amsgrad).betas(b1, b2).eps(1e-4)),
                        oracle(adam(rate, b1, b2, 1e-4, decay, false, amsgrad)), ADAPTIVE, random);
                case 1 -> OptimizerContract.sample(
                        p -> new AdamW(p, new AdamW.Options(rate).decay(decay).amsgrad(amsgrad).betas(b1, b2).eps(1e-4)),
                        oracle(adam(rate, b1, b2, 1e-4, decay, true, amsgrad)), ADAPTIVE, random);
                case 2 -> OptimizerContract.sample(
                        p -> new RmsProp(p, new RmsProp.Options(0.01).eps(0.1).decay(decay).momentum(momentum).centered(amsgrad)),
                        oracle(rmsProp(decay, momentum, amsgrad)), ADAPTIVE, random);
                case 3 -> OptimizerContract.sample(
                        p -> new Adagrad(p, new Adagrad.Options(rate).decay(decay).rateDecay(0.5).start(0.1)), oracle(adagrad(rate, decay)),
                        ADAPTIVE, random);
                default -> OptimizerContract.sample(p -> new Adadelta(p, new Adadelta.Options(1).decay(decay).rho(b1).eps(1e-3)),
                        oracle(adadelta(decay, b1)), ADAPTIVE, random);
            }
        });
    }

    @Test
    void nAdamFollowsItsOracle() {
        for (var decoupled : new boolean[] {false, true}) {
            OptimizerContract.check(p -> new NAdam(p, new NAdam.Options(0.01).decay(0.1).decoupled(decoupled)), () -> {
                var product = new double[] {1};
                var inner = oracle((w, g, t, s, i) -> {
                    var now = 0.9 * (1 - 0.5 * Math.pow(0.96, t * 4e-3));
                    var next = 0.9 * (1 - 0.5 * Math.pow(0.96, (t + 1) * 4e-3));
                    if (i == 0) {
                        product[0] *= now;
                    }
                    var d = decoupled ? g : g + 0.1 * w;
                    s[0][i] = 0.9 * s[0][i] + 0.1 * d;
                    s[1][i] = 0.999 * s[1][i] + 0.001 * d * d;
                    var root = Math.sqrt(s[1][i] / (1 - Math.pow(0.999, t))) + 1e-8;
                    return (decoupled ? w * (1 - 0.01 * 0.1) : w) - 0.01 * (1 - now) / (1 - product[0]) * d / root
                            - 0.01 * next / (1 - product[0] * next) * s[0][i] / root;
                }).get();
                return inner;
            }, ADAPTIVE);
        }
    }

    @Test
    void thePerceptronRuleFollowsItsOracle() {
        OptimizerContract.check(p -> new PerceptronRule(p, 0.1), oracle((w, g, _, _, _) -> w - 0.1 * g), 4);
    }

    @Test
    void diagonalLevenbergMarquardtFollowsItsOracleBeforeItHasMeasured() {
        OptimizerContract.check(p -> new DiagonalLevenbergMarquardt(p, new DiagonalLevenbergMarquardt.Options(0.01, 0.5)),
                oracle((w, g, _, _, _) -> w - 0.01 / 0.5 * g), 8);
    }

    /** For y = W x and a squared distance the curvature of W[i, j] is 2 x[j]^2, whatever the signs are: small integers give it exactly. */
    @Test
    void diagonalLevenbergMarquardtDividesByTheMeanCurvature() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(2, 3));
            w.copyFrom(1f, 2, 3, 4, 5, 6);
            var lm = new DiagonalLevenbergMarquardt(List.of(w), new DiagonalLevenbergMarquardt.Options(0.5, 0.25));
            var samples = new float[][] {{1, 2, 0}, {3, -4, 0}};
            var signs = new float[][] {{1, -1}, {-1, -1}};
            lm.measure(2, i -> {
                try (var step = session.step(Mode.TRAIN)) {
                    var y = step.apply(Linear.LINEAR, step.of(Shape.of(1, 3), samples[i]), w);
                    step.backward(y, Gradients.REPLACE, 2 * signs[i][0], 2 * signs[i][1]);
                }
            });
            // dz = 2 v stands for a second derivative of 4: 4 (1 + 9) / 2 and 4 (4 + 16) / 2.
            assertArrayEquals(new float[] {20, 40, 0, 20, 40, 0}, lm.curvature(w));
            try (var step = session.step(Mode.TRAIN)) {
                var y = step.apply(Linear.LINEAR, step.of(Shape.of(1, 3), 1, 1, 1), w);
                step.backward(y, Gradients.REPLACE, 1, -2);
            }
            lm.step();
            var expected = new double[] {1 - 0.5 / 20.25, 2 - 0.5 / 40.25, 3 - 0.5 / 0.25, 4 + 1 / 20.25, 5 + 1 / 40.25, 6 + 1 / 0.25};
            var actual = w.toArray();
            for (var i = 0; i < 6; i++) {
                assertEquals(expected[i], actual[i], 4 * 0x1p-24 * Math.abs(expected[i]), "w[" + i + "]");
            }
            assertThrows(IllegalArgumentException.class, () -> new DiagonalLevenbergMarquardt.Options(1, 0));
            assertThrows(IllegalStateException.class, () -> lm.measure(1, _ -> {
            }));
        }
    }

    @Test
    void lionFollowsItsOracle() {
        OptimizerContract.check(p -> new Lion(p, new Lion.Options(0.01).decay(0.1)), oracle((w, g, _, s, i) -> {
            var u = Math.signum(0.9 * s[0][i] + 0.1 * g);
            s[0][i] = 0.99 * s[0][i] + 0.01 * g;
            return w * (1 - 0.01 * 0.1) - 0.01 * u;
        }), 16);
    }

    @Test
    void larsFollowsItsOracle() {
        // The norms of 40,000 elements add roundings of their own, but only those of short sums.
        OptimizerContract.check(p -> new Lars(p, new Lars.Options(0.5).decay(0.1).trust(0.3)), () -> {
            var v = new double[1][];
            return (w, g, t) -> {
                v[0] = t == 1 ? new double[w.length] : v[0];
                var wn = norm(w);
                var gn = norm(g);
                var l = wn == 0 || gn == 0 ? 1 : 0.3 * wn / (gn + 0.1 * wn + 1e-9);
                for (var i = 0; i < w.length; i++) {
                    v[0][i] = 0.9 * v[0][i] + 0.5 * l * (g[i] + 0.1 * w[i]);
                    w[i] -= v[0][i];
                }
            };
        }, 64);
    }

    @Test
    void larsLeavesVectorsTheirRate() {
        try (var session = Session.open()) {
            var bias = session.parameter("bias", Shape.of(2));
            var lars = new Lars(List.of(bias), new Lars.Options(0.5));
            OptimizerContract.give(bias, 1, -2);
            lars.step();
            assertArrayEquals(new float[] {-0.5f, 1}, bias.toArray());
        }
    }

    private static double norm(double[] x) {
        var sum = 0.0;
        for (var v : x) {
            sum += v * v;
        }
        return Math.sqrt(sum);
    }

    /** Steps of a fixed length against the sign of the gradient: an optimizer that a user might write. */
    private static final class SignDescent extends Optimizer {
        SignDescent(List<Parameter> parameters, double rate) {
            super(List.of(Group.of(parameters)), rate, 0);
        }

        @Override
        protected void update(Slot slot) {
            var w = slot.parameter().data();
            var g = slot.parameter().gradData();
            var count = slot.array("count");
            for (var i = 0L; i < slot.parameter().shape().elements(); i++) {
                var step = (float) (slot.rate() * Math.signum(g.getAtIndex(ValueLayout.JAVA_FLOAT, i)));
                w.setAtIndex(ValueLayout.JAVA_FLOAT, i, w.getAtIndex(ValueLayout.JAVA_FLOAT, i) - step);
                count.setAtIndex(ValueLayout.JAVA_FLOAT, i, count.getAtIndex(ValueLayout.JAVA_FLOAT, i) + 1);
            }
            slot.number("last", slot.steps());
        }
    }

    @Test
    void usersWriteTheirOwn() {
        OptimizerContract.check(p -> new SignDescent(p, 0.25), oracle((w, g, _, _, _) -> w - 0.25 * Math.signum(g)), 16);
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(2));
            var own = new SignDescent(List.of(w), 1);
            own.clipValue(0.5);
            OptimizerContract.give(w, 3, -0.25f);
            own.step();
            assertArrayEquals(new float[] {-1, 1}, w.toArray());
            assertArrayEquals(new float[] {0.5f, -0.25f}, w.grad(), "gradients are clipped in place");
            assertEquals(1, own.state().numbers().get("w/last"));
            assertArrayEquals(new float[] {1, 1}, own.state().arrays().get("w/count"));
        }
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertThrows(IllegalArgumentException.class, () -> new Adam.Options(1).betas(1, 0.9));
        assertThrows(IllegalArgumentException.class, () -> new AdamW.Options(1).betas(0.9, -0.1));
        assertThrows(IllegalArgumentException.class, () -> new RmsProp.Options(1).alpha(1.5));
        assertThrows(IllegalArgumentException.class, () -> new Adagrad.Options(1).start(-1));
        assertThrows(IllegalArgumentException.class, () -> new Adadelta.Options(1).eps(0));
        assertThrows(IllegalArgumentException.class, () -> new Lion.Options(1).betas(2, 0));
        assertThrows(IllegalArgumentException.class, () -> new Lars.Options(1).trust(0));
        assertThrows(IllegalArgumentException.class, () -> new NAdam.Options(1).betas(0.9, 1));
    }
}
