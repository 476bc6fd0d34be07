package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InitTest {
    /** A convolution of 3x3 over 64 channels has fans of 576 in and 128 * 9 = 1152 out. */
    private static float[] weights(Init init) {
        return weights(init, 1);
    }

    private static float[] weights(Init init, long seed) {
        try (var session = Session.open(Session.options().threads(1))) {
            return conv2d(128, 3).init(init).build(session, Shape.of(64, 5, 5), seed).parameter("weight").toArray();
        }
    }

    private static double deviation(float[] x) {
        var mean = 0.0;
        var square = 0.0;
        for (var v : x) {
            mean += v;
            square += (double) v * v;
        }
        mean /= x.length;
        assertEquals(0, mean, 5 * Math.sqrt(square / x.length) / Math.sqrt(x.length), "mean");
        return Math.sqrt(square / x.length - mean * mean);
    }

    private static double largest(float[] x) {
        var largest = 0.0;
        for (var v : x) {
            largest = Math.max(largest, Math.abs(v));
        }
        return largest;
    }

    /** Of 73,728 draws the deviation is known to about 0.3 percent. */
    private static void assertDeviation(double expected, Init init) {
        assertEquals(expected, deviation(weights(init)), 0.012 * expected, init.toString());
    }

    @Test
    void variancesAreThoseOfThePapers() {
        assertDeviation(Math.sqrt(2.0 / 576), Init.kaimingNormal());
        assertDeviation(Math.sqrt(2.0 / 1152), Init.kaimingNormal().fan(Init.Fan.OUT));
        assertDeviation(Math.sqrt(2.0 / 576), Init.kaimingUniform());
        assertDeviation(Math.sqrt(2.0 / (576 + 1152)), Init.xavierNormal());
        assertDeviation(Math.sqrt(2.0 / (576 + 1152)), Init.xavierUniform());
        assertDeviation(Math.sqrt(1.0 / 576), Init.lecunNormal());
        assertDeviation(Math.sqrt(1.0 / 576), Init.lecunUniform());
        assertDeviation(3 * Math.sqrt(1.0 / 576), Init.lecunNormal().gain(3));
        assertDeviation(0.3, Init.normal(0.3f));
        assertDeviation(1 / Math.sqrt(576), new Init.Scaled(1, Init.Fan.IN, Init.Form.TRUNCATED_NORMAL));
        // A Gaussian cut at two deviations has 0.8796 of its deviation left.
        assertDeviation(0.02 * 0.87962566, Init.truncatedNormal(0.02f));
    }

    @Test
    void limitsAreKept() {
        assertTrue(largest(weights(Init.torchUniform())) <= 1 / Math.sqrt(576) + 1e-9);
        assertEquals(1 / Math.sqrt(576), largest(weights(Init.torchUniform())), 1e-4);
        assertTrue(largest(weights(Init.truncatedNormal(0.02f))) <= 0.04f);
        assertTrue(largest(weights(Init.uniform(-0.5f, 0.25f))) <= 0.5);
        assertArrayEquals(new float[] {0.7f}, distinct(weights(Init.constant(0.7f))));
    }

    private static float[] distinct(float[] x) {
        Arrays.sort(x);
        return x[0] == x[x.length - 1] ? new float[] {x[0]} : x;
    }

    @Test
    void orthogonalRowsAreOrthonormal() {
        var w = weights(Init.orthogonal(2));
        for (var a = 0; a < 128; a += 7) {
            for (var b = 0; b <= a; b++) {
                var dot = 0.0;
                for (var i = 0; i < 576; i++) {
                    dot += (double) w[a * 576 + i] * w[b * 576 + i];
                }
                assertEquals(a == b ? 4 : 0, dot, 1e-5);
            }
        }
        try (var session = Session.open()) {
            // More rows than columns: the columns are orthonormal.
            var tall = conv2d(5, 1).init(Init.orthogonal(1)).build(session, Shape.of(2, 1, 1), 1).parameter("weight").toArray();
            var dots = new double[3];
            for (var i = 0; i < 5; i++) {
                dots[0] += tall[2 * i] * tall[2 * i];
                dots[1] += tall[2 * i] * tall[2 * i + 1];
                dots[2] += tall[2 * i + 1] * tall[2 * i + 1];
            }
            assertArrayEquals(new double[] {1, 0, 1}, dots, 1e-6);
        }
    }

    @Test
    void numbersDependOnSeedAndPathAlone() {
        for (var init : new Init[] {Init.kaimingNormal(), Init.kaimingUniform(), Init.truncatedNormal(1), Init.orthogonal(1)}) {
            assertArrayEquals(weights(init, 5), weights(init, 5));
            assertFalse(Arrays.equals(weights(init, 5), weights(init, 6)));
        }
        try (var session = Session.open()) {
            var alone = sequential(named("a", conv2d(4, 3))).build(session, Shape.of(2, 9, 9), 3);
            var among = sequential(named("b", conv2d(2, 3)), named("a", conv2d(4, 3)), named("c", conv2d(4, 3))).build(session,
                    Shape.of(2, 9, 9), 3);
            assertArrayEquals(alone.parameter("a.weight").toArray(), among.parameter("a.weight").toArray());
            assertFalse(Arrays.equals(among.parameter("b.bias").toArray(), Arrays.copyOf(among.parameter("a.bias").toArray(), 2)));
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThrows(LayerException.class, () -> conv2d(1, 1).init(Init.of(1, 2)).summary(Shape.of(1, 3, 3)));
        assertThrows(LayerException.class, () -> conv2d(2, 1).biasInit(Init.orthogonal(1)).summary(Shape.of(1, 3, 3)));
        assertThrows(IllegalArgumentException.class, () -> Init.truncatedNormal(0));
        assertThrows(IllegalArgumentException.class, () -> Init.uniform(1, 0));
        assertThrows(IllegalArgumentException.class, () -> Init.gain("sine", 0));
        assertEquals(Math.sqrt(2 / 1.01), Init.gain("leaky_relu", 0.1f), 1e-6);
    }
}
