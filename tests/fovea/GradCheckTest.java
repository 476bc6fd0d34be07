package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GradCheckTest {
    private Session session;

    @BeforeEach
    void open() {
        session = Session.open(Session.options().threads(2).seed(3));
    }

    @AfterEach
    void close() {
        session.close();
    }

    /** A smooth function of one tensor through which the gradient flows damaged. */
    private static Function<Tensor[], Tensor> damaged(UnaryOperator<float[]> damage) {
        return x -> x[0].tanh().onGrad(damage).add(x[0].square());
    }

    private void rejects(Function<Tensor[], Tensor> f, Shape shape, String... parts) {
        var e = assertThrows(AssertionError.class, () -> GradCheck.of(session).input(shape.toArray()).check(f));
        for (var part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "'" + part + "' is missing in: " + e.getMessage());
        }
    }

    @Test
    void acceptsWhatIsRight() {
        assertTrue(GradCheck.of(session).input(3, 4).check(x -> x[0].tanh().square().add(x[0])) < 1);
        assertTrue(GradCheck.of(session).input(20, 50).input(20, 50).check(x -> x[0].sigmoid().add(x[1].square())) < 1);
        assertTrue(GradCheck.of(session).input(2, 2).input(7).check(x -> x[0].sigmoid()) < 1, "an input that is not read");
    }

    @Test
    void acceptsALayerWithItsParameters() {
        var w = session.parameter("conv.weight", Shape.of(5, 3, 3, 3));
        var b = session.parameter("conv.bias", Shape.of(5));
        try (var step = session.step(Mode.EVAL)) {
            w.copyFrom(step.normal(w.shape(), 0, 0.3f).toArray());
            b.copyFrom(step.normal(b.shape(), 0, 0.3f).toArray());
        }
        var before = w.toArray();
        GradCheck.of(session).input(2, 3, 6, 7).parameters(List.of(w, b)).check(x -> x[0].conv2d(w, b, 1, 1).tanh());
        assertArrayEquals(before, w.toArray());
        assertFalse(w.hasGrad());
    }

    @Test
    void rejectsAGradientScaledByAQuarter() {
        rejects(damaged(g -> scaled(g, 0.25f)), Shape.of(3, 4), "gradient of input 0 [3, 4] at [");
        rejects(damaged(g -> scaled(g, 0.25f)), Shape.of(30, 40), "gradient of input 0 [30, 40] at [");
    }

    private static float[] scaled(float[] g, float factor) {
        for (var i = 0; i < g.length; i++) {
            g[i] *= factor;
        }
        return g;
    }

    @Test
    void rejectsAMissingTailAndNamesIt() {
        rejects(damaged(g -> {
            g[g.length - 1] = 0;
            return g;
        }), Shape.of(3, 5), "input 0 [3, 5] at [2, 4]");
        rejects(damaged(g -> {
            for (var i = g.length - 7; i < g.length; i++) {
                g[i] = 0;
            }
            return g;
        }), Shape.of(1, 71), "input 0 [1, 71] at [0, 6");
    }

    @Test
    void rejectsAGradientAddedToWhatWasThere() {
        var old = new float[12];
        rejects(damaged(g -> {
            for (var i = 0; i < g.length; i++) {
                g[i] = old[i] += g[i];
            }
            return g;
        }), Shape.of(3, 4), "changes from pass to pass", "not cleared");
    }

    @Test
    void rejectsANaN() {
        rejects(damaged(g -> {
            g[1] = Float.NaN;
            return g;
        }), Shape.of(2, 2), "[0, 1]", "NaN");
    }

    @Test
    void rejectsAnInputThatIsCutOff() {
        rejects(x -> x[0].tanh().add(x[0].detach()), Shape.of(2, 2), "gradient of input 0");
    }

    @Test
    void saysWhereAKinkMakesDifferencesWorthless() {
        var e = assertThrows(AssertionError.class, () -> GradCheck.of(session).input(Shape.of(2), 0.001f, 1).step(0.002)
                .check(x -> x[0].relu()));
        assertTrue(e.getMessage().contains("kink"), e.getMessage());
    }

    @Test
    void refusesToCheckNothing() {
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(session).check(x -> x[0]));
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(session).input(Shape.of(3), 1, 2));
    }
}
