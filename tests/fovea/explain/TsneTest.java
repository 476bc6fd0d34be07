package fovea.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TsneTest {
    @Test
    void separatesClustersThatNoTwoAxesSeparate() {
        var random = new SplittableRandom(1);
        var classes = 5;
        var points = new float[150][20];
        for (var i = 0; i < points.length; i++) {
            for (var k = 0; k < 20; k++) {
                // Each cluster is off along four axes of its own.
                points[i][k] = (float) random.nextGaussian() + (k % classes == i % classes ? 4 : 0);
            }
        }
        var plane = new Tsne(15, 300, 2).map(points);
        var right = 0;
        for (var i = 0; i < points.length; i++) {
            var nearest = -1;
            var best = Double.POSITIVE_INFINITY;
            for (var j = 0; j < points.length; j++) {
                var d = Math.hypot(plane[i][0] - plane[j][0], plane[i][1] - plane[j][1]);
                if (j != i && d < best) {
                    best = d;
                    nearest = j;
                }
            }
            right += nearest % classes == i % classes ? 1 : 0;
        }
        assertTrue(right > 0.97 * points.length, "nearest neighbours of the same cluster: " + right);
        assertArrayEquals(plane, new Tsne(15, 300, 2).map(points));
    }

    @Test
    void followsTheGradientOfTheDivergence() {
        var random = new SplittableRandom(4);
        var n = 12;
        var p = new double[n][n];
        var sum = 0.0;
        for (var i = 0; i < n; i++) {
            for (var j = 0; j < i; j++) {
                p[i][j] = p[j][i] = 0.1 + random.nextDouble();
                sum += 2 * p[i][j];
            }
        }
        var y = new double[n][2];
        for (var i = 0; i < n; i++) {
            for (var j = 0; j < n; j++) {
                p[i][j] /= sum;
            }
            y[i][0] = random.nextGaussian();
            y[i][1] = random.nextGaussian();
        }
        var gradient = Tsne.gradient(p, y, 1);
        var h = 1e-5;
        for (var i = 0; i < n; i++) {
            for (var k = 0; k < 2; k++) {
                y[i][k] += h;
                var up = Tsne.divergence(p, y);
                y[i][k] -= 2 * h;
                var down = Tsne.divergence(p, y);
                y[i][k] += h;
                assertEquals((up - down) / (2 * h), gradient[i][k], 1e-8);
            }
        }
    }

    @Test
    void refusesTooFewPointsForThePerplexity() {
        var refusal = assertThrows(IllegalArgumentException.class, () -> Tsne.options().map(new float[50][3]));
        assertTrue(refusal.getMessage().contains("90"), refusal::getMessage);
        assertThrows(IllegalArgumentException.class, () -> new Tsne(0.5, 10, 0));
        var ragged = new float[][] {{1, 2}, {3}, {4, 5}, {1, 1}, {2, 2}, {3, 3}};
        assertThrows(IllegalArgumentException.class, () -> new Tsne(2, 10, 0).map(ragged));
    }
}
