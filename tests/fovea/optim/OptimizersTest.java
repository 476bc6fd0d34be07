package fovea.optim;

import static fovea.support.Rounded.nearest;
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
import fovea.support.Rounded;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every optimizer beside a plain loop of its published rule, in double and with the bound of what floats round. */
class OptimizersTest {
    /** An oracle whose update of one element has arrays a, b, c of state; in the kernels' order, which the bounds are those of. */
    private interface Rule {
        Rounded step(Rounded w, Rounded g, int t, Rounded[][] s, int i);
    }

    private static Supplier<OptimizerContract.Oracle> oracle(Rule rule) {
        return () -> {
            var state = new Rounded[3][];
            return (w, g, t) -> {
                for (var s = 0; t == 1 && s < 3; s++) {
                    state[s] = new Rounded[w.length];
                    Arrays.fill(state[s], Rounded.ZERO);
                }
                for (var i = 0; i < w.length; i++) {
                    w[i] = rule.step(w[i], g[i], t, state, i);
                }
            };
        };
    }

    private static Rounded decayed(Rounded g, double decay, Rounded w) {
        return decay == 0 ? g : nearest(decay).times(w).plus(g);
    }

    /** (1 - part) old + part now */
    private static Rounded mean(Rounded old, double part, Rounded now) {
        return nearest(part).times(now.minus(old)).plus(old);
    }

    /** keep old + (1 - keep) now^2 */
    private static Rounded meanSquare(Rounded old, double keep, Rounded now) {
        return nearest(keep).times(old).plus(nearest(1 - keep).times(now).times(now));
    }

    private static Rule adam(double rate, double b1, double b2, double eps, double decay, boolean decoupled, boolean amsgrad) {
        return (w, g, t, s, i) -> {
            var d = decayed(g, decoupled ? 0 : decay, w);
            s[0][i] = mean(s[0][i], 1 - b1, d);
            s[1][i] = meanSquare(s[1][i], b2, d);
            s[2][i] = s[2][i].max(s[1][i]);
            var m = nearest(rate / (1 - Math.pow(b1, t))).times(s[0][i]);
            var v = amsgrad ? s[2][i] : s[1][i];
            return nearest(decoupled ? 1 - rate * decay : 1).times(w)
                    .minus(m.overRoot(v, nearest(1 / Math.sqrt(1 - Math.pow(b2, t))), nearest(eps)));
        };
    }

    private static Rule rmsProp(double decay, double momentum, boolean centered) {
        return (w, g, _, s, i) -> {
            var d = decayed(g, decay, w);
            s[0][i] = meanSquare(s[0][i], 0.99, d);
            s[2][i] = mean(s[2][i], 1 - 0.99, d);
            var v = centered ? s[0][i].minus(s[2][i].times(s[2][i])).max(Rounded.ZERO) : s[0][i];
            s[1][i] = nearest(momentum).times(s[1][i]).plus(d.overRoot(v, Rounded.exact(1), nearest(0.1)));
            return w.minus(nearest(0.01).times(s[1][i]));
        };
    }

    private static Rule adagrad(double rate, double decay) {
        return (w, g, t, s, i) -> {
            var d = decayed(g, decay, w);
            s[0][i] = d.times(d).plus(t == 1 ? Rounded.exact(0.1f) : s[0][i]);
            return w.minus(nearest(rate / (1 + (t - 1) * 0.5)).times(d).overRoot(s[0][i], Rounded.exact(1), nearest(1e-10)));
        };
    }

    private static Rule adadelta(double decay, double rho) {
        return (w, g, _, s, i) -> {
            var d = decayed(g, decay, w);
            s[0][i] = meanSquare(s[0][i], rho, d);
            var step = s[1][i].plus(nearest(1e-3)).sqrt().over(s[0][i].plus(nearest(1e-3)).sqrt()).times(d);
            s[1][i] = meanSquare(s[1][i], rho, step);
            return w.minus(step);
        };
    }

    @Test
    void adamFollowsItsOracle() {
        OptimizerContract.check(p -> new Adam(p, new Adam.Options(0.01)), oracle(adam(0.01, 0.9, 0.999, 1e-8, 0, false, false)));
        OptimizerContract.check(p -> new Adam(p, new Adam.Options(0.01).decay(0.1).amsgrad(true).betas(0.8, 0.5).eps(1e-3)),
                oracle(adam(0.01, 0.8, 0.5, 1e-3, 0.1, false, true)));
    }

    @Test
    void adamWFollowsItsOracle() {
        OptimizerContract.check(p -> new AdamW(p, new AdamW.Options(0.01)),
                oracle(adam(0.01, 0.9, 0.999, 1e-8, 0.01, true, false)));
        OptimizerContract.check(p -> new AdamW(p, new AdamW.Options(0.01).decay(0.3).amsgrad(true).betas(0.5, 0.6).eps(1e-4)),
                oracle(adam(0.01, 0.5, 0.6, 1e-4, 0.3, true, true)));
    }

    @Test
    void rmsPropFollowsItsOracle() {
        for (var centered : new boolean[] {false, true}) {
            for (var momentum : new double[] {0, 0.8}) {
                // eps of 0.1 keeps the root of a centered variance away from 0, where its relative error has no bound.
                OptimizerContract.check(
                        p -> new RmsProp(p, new RmsProp.Options(0.01).eps(0.1).decay(0.1).momentum(momentum).centered(centered)),
                        oracle(rmsProp(0.1, momentum, centered)));
            }
        }
    }

    @Test
    void adagradFollowsItsOracle() {
        OptimizerContract.check(p -> new Adagrad(p, new Adagrad.Options(0.1).decay(0.2).rateDecay(0.5).start(0.1)),
                oracle(adagrad(0.1, 0.2)));
    }

    @Test
    void adadeltaFollowsItsOracle() {
        OptimizerContract.check(p -> new Adadelta(p, new Adadelta.Options(1).decay(0.1).rho(0.8).eps(1e-3)), oracle(adadelta(0.1, 0.8)));
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
                        oracle(adam(rate, b1, b2, 1e-4, decay, false, amsgrad)), random);
                case 1 -> OptimizerContract.sample(
                        p -> new AdamW(p, new AdamW.Options(rate).decay(decay).amsgrad(amsgrad).betas(b1, b2).eps(1e-4)),
                        oracle(adam(rate, b1, b2, 1e-4, decay, true, amsgrad)), random);
                case 2 -> OptimizerContract.sample(
                        p -> new RmsProp(p, new RmsProp.Options(0.01).eps(0.1).decay(decay).momentum(momentum).centered(amsgrad)),
                        oracle(rmsProp(decay, momentum, amsgrad)), random);
                case 3 -> OptimizerContract.sample(
                        p -> new Adagrad(p, new Adagrad.Options(rate).decay(decay).rateDecay(0.5).start(0.1)), oracle(adagrad(rate, decay)),
                        random);
                default -> OptimizerContract.sample(p -> new Adadelta(p, new Adadelta.Options(1).decay(decay).rho(b1).eps(1e-3)),
                        oracle(adadelta(decay, b1)), random);
            }
        });
    }

    @Test
    void nAdamFollowsItsOracle() {
        for (var decoupled : new boolean[] {false, true}) {
            OptimizerContract.check(p -> new NAdam(p, new NAdam.Options(0.01).decay(0.1).decoupled(decoupled)), () -> {
                var product = new double[] {1};
                return oracle((w, g, t, s, i) -> {
                    var now = 0.9 * (1 - 0.5 * Math.pow(0.96, t * 4e-3));
                    var next = 0.9 * (1 - 0.5 * Math.pow(0.96, (t + 1) * 4e-3));
                    if (i == 0) {
                        product[0] *= now;
                    }
                    var d = decayed(g, decoupled ? 0 : 0.1, w);
                    s[0][i] = mean(s[0][i], 1 - 0.9, d);
                    s[1][i] = meanSquare(s[1][i], 0.999, d);
                    var m = nearest(0.01 * (1 - now) / (1 - product[0])).times(d)
                            .plus(nearest(0.01 * next / (1 - product[0] * next)).times(s[0][i]));
                    return nearest(decoupled ? 1 - 0.01 * 0.1 : 1).times(w)
                            .minus(m.overRoot(s[1][i], nearest(1 / Math.sqrt(1 - Math.pow(0.999, t))), nearest(1e-8)));
                }).get();
            });
        }
    }

    @Test
    void thePerceptronRuleFollowsItsOracle() {
        OptimizerContract.check(p -> new PerceptronRule(p, 0.1), oracle((w, g, _, _, _) -> w.minus(nearest(0.1).times(g))));
    }

    @Test
    void diagonalLevenbergMarquardtFollowsItsOracleBeforeItHasMeasured() {
        OptimizerContract.check(p -> new DiagonalLevenbergMarquardt(p, new DiagonalLevenbergMarquardt.Options(0.01, 0.5)),
                oracle((w, g, _, _, _) -> w.minus(nearest(0.01)
                        .times(g.overRoot(Rounded.ZERO, Rounded.exact(1), nearest(0.5))))));
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
            var u = nearest(0.9).times(s[0][i]).plus(nearest(1 - 0.9).times(g)).sign();
            s[0][i] = nearest(0.99).times(s[0][i]).plus(nearest(1 - 0.99).times(g));
            return nearest(1 - 0.01 * 0.1).times(w).minus(nearest(0.01).times(u));
        }));
    }

    @Test
    void larsFollowsItsOracle() {
        OptimizerContract.check(p -> new Lars(p, new Lars.Options(0.5).decay(0.1).trust(0.3)), () -> {
            var v = new Rounded[1][];
            return (w, g, t) -> {
                if (t == 1) {
                    v[0] = new Rounded[w.length];
                    Arrays.fill(v[0], Rounded.ZERO);
                }
                var wn = norm(w);
                var gn = norm(g);
                var l = wn.value() == 0 || gn.value() == 0 ? Rounded.exact(1)
                        : nearest(0.3).times(wn).over(gn.plus(nearest(0.1).times(wn)).plus(nearest(1e-9)));
                for (var i = 0; i < w.length; i++) {
                    v[0][i] = nearest(0.9).times(v[0][i]).plus(nearest(0.5).times(l).times(decayed(g[i], 0.1, w[i])));
                    w[i] = w[i].minus(v[0][i]);
                }
            };
        });
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

    /**
     * No further from the true norm than the errors' own norm. Squares are summed in float 16 to a lane, then over at most 16 lanes by
     * halves, then in double: at most 17 roundings of products and sums and 4 more, and the root halves what they are in proportion.
     */
    private static Rounded norm(Rounded[] x) {
        var sum = 0.0;
        var errors = 0.0;
        for (var v : x) {
            sum += v.value() * v.value();
            errors += v.error() * v.error();
        }
        return new Rounded(Math.sqrt(sum), Math.sqrt(errors)).rounded(10.5);
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
        OptimizerContract.check(p -> new SignDescent(p, 0.25), oracle((w, g, _, _, _) -> w.minus(Rounded.exact(0.25).times(g.sign()))));
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
