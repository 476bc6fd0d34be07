package fovea.explain;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Maps points of many dimensions to a plane where neighbours stay neighbours (van der Maaten and Hinton 2008), exactly: every point is
 * compared with every other, which suits up to some thousands of points.
 *
 * <pre>{@code
 * var plane = new Tsne(30, 500, 42).map(codes);      // codes[n][k] -> [n][2]
 * }</pre>
 *
 * @param perplexity about how many neighbours count; fewer than a third of the points
 * @param steps of gradient descent
 * @param seed of the start
 */
public record Tsne(double perplexity, int steps, long seed) {
    private static final int EXAGGERATED = 100;

    public Tsne {
        if (!(perplexity > 1) || steps < 1) {
            throw new IllegalArgumentException("t-SNE: perplexity %s and %d steps; give more than 1 and at least 1".formatted(
                    perplexity, steps));
        }
    }

    /** 30 neighbours, 500 steps. */
    public static Tsne options() {
        return new Tsne(30, 500, 0);
    }

    /** A place in the plane for each point. */
    public double[][] map(float[][] points) {
        var n = points.length;
        if (n < 3 * perplexity) {
            throw new IllegalArgumentException("t-SNE: %d points for a perplexity of %s; give at least %d points or a smaller perplexity"
                    .formatted(n, perplexity, (int) Math.ceil(3 * perplexity)));
        }
        for (var p : points) {
            if (p.length != points[0].length) {
                throw new IllegalArgumentException("t-SNE: points of %d and of %d numbers; all must have as many".formatted(
                        points[0].length, p.length));
            }
        }
        var p = similarities(points);
        var random = new SplittableRandom(seed);
        var y = new double[n][2];
        for (var point : y) {
            point[0] = 1e-4 * random.nextGaussian();
            point[1] = 1e-4 * random.nextGaussian();
        }
        descend(p, y);
        return y;
    }

    /** Symmetric, and 1 in sum: how likely each two points are neighbours. */
    private double[][] similarities(float[][] points) {
        var n = points.length;
        var p = new double[n][n];
        IntStream.range(0, n).parallel().forEach(i -> neighbours(points, i, p[i]));
        var both = new double[n][n];
        IntStream.range(0, n).parallel().forEach(i -> {
            for (var j = 0; j < n; j++) {
                both[i][j] = Math.max((p[i][j] + p[j][i]) / (2 * n), 1e-12);
            }
        });
        return both;
    }

    /** A normal distribution around one point, as wide as gives the perplexity: found by halving. */
    private void neighbours(float[][] points, int i, double[] row) {
        var n = points.length;
        var distance = new double[n];
        var nearest = Double.POSITIVE_INFINITY;
        for (var j = 0; j < n; j++) {
            for (var k = 0; k < points[i].length; k++) {
                var d = points[i][k] - (double) points[j][k];
                distance[j] += d * d;
            }
            nearest = j == i ? nearest : Math.min(nearest, distance[j]);
        }
        var low = 0.0;
        var high = Double.POSITIVE_INFINITY;
        var precision = 1.0;
        for (var attempt = 0; attempt < 200; attempt++) {
            var sum = 0.0;
            var mean = 0.0;
            for (var j = 0; j < n; j++) {
                // Distances count from the nearest: far points alone would round to nothing.
                row[j] = j == i ? 0 : Math.exp(-precision * (distance[j] - nearest));
                sum += row[j];
                mean += row[j] * (distance[j] - nearest);
            }
            var entropy = Math.log(sum) + precision * mean / sum;
            for (var j = 0; j < n; j++) {
                row[j] /= sum;
            }
            var off = entropy - Math.log(perplexity);
            if (Math.abs(off) < 1e-6) {
                return;
            }
            if (off > 0) {
                low = precision;
                precision = high == Double.POSITIVE_INFINITY ? precision * 2 : (low + high) / 2;
            } else {
                high = precision;
                precision = (low + high) / 2;
            }
        }
    }

    private void descend(double[][] p, double[][] y) {
        var n = y.length;
        var velocity = new double[n][2];
        var gains = new double[n][2];
        var rate = Math.max(n / 12.0, 50);
        for (var g : gains) {
            Arrays.fill(g, 1);
        }
        for (var t = 0; t < steps; t++) {
            var exaggeration = t < Math.min(EXAGGERATED, steps / 4) ? 12 : 1;
            var momentum = t < 250 ? 0.5 : 0.8;
            var gradient = gradient(p, y, exaggeration);
            for (var i = 0; i < n; i++) {
                for (var k = 0; k < 2; k++) {
                    var agrees = gradient[i][k] > 0 == velocity[i][k] > 0;
                    gains[i][k] = Math.max(0.01, agrees ? gains[i][k] * 0.8 : gains[i][k] + 0.2);
                    velocity[i][k] = momentum * velocity[i][k] - rate * gains[i][k] * gradient[i][k];
                    y[i][k] += velocity[i][k];
                }
            }
        }
    }

    /** Of {@link #divergence}: 4 sum over j of (p - q) w (yi - yj), where w is 1 / (1 + squared distance) and q its share of all. */
    static double[][] gradient(double[][] p, double[][] y, double exaggeration) {
        var n = y.length;
        var weight = new double[n][n];
        var sums = IntStream.range(0, n).parallel().mapToDouble(i -> {
            var sum = 0.0;
            for (var j = 0; j < n; j++) {
                var dx = y[i][0] - y[j][0];
                var dy = y[i][1] - y[j][1];
                weight[i][j] = i == j ? 0 : 1 / (1 + dx * dx + dy * dy);
                sum += weight[i][j];
            }
            return sum;
        }).toArray();
        var total = Arrays.stream(sums).sum();
        var gradient = new double[n][2];
        IntStream.range(0, n).parallel().forEach(i -> {
            for (var j = 0; j < n; j++) {
                var pull = 4 * (exaggeration * p[i][j] - weight[i][j] / total) * weight[i][j];
                gradient[i][0] += pull * (y[i][0] - y[j][0]);
                gradient[i][1] += pull * (y[i][1] - y[j][1]);
            }
        });
        return gradient;
    }

    /** How far the plane's similarities are from these: what descent makes small. */
    static double divergence(double[][] p, double[][] y) {
        var n = y.length;
        var total = 0.0;
        for (var i = 0; i < n; i++) {
            for (var j = 0; j < n; j++) {
                total += i == j ? 0 : 1 / (1 + Math.pow(y[i][0] - y[j][0], 2) + Math.pow(y[i][1] - y[j][1], 2));
            }
        }
        var sum = 0.0;
        for (var i = 0; i < n; i++) {
            for (var j = 0; j < n; j++) {
                if (i != j) {
                    var q = 1 / (1 + Math.pow(y[i][0] - y[j][0], 2) + Math.pow(y[i][1] - y[j][1], 2)) / total;
                    sum += p[i][j] * Math.log(p[i][j] / q);
                }
            }
        }
        return sum;
    }
}
