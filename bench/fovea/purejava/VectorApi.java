package fovea.purejava;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The Vector API: tiles of C that stay in registers over the whole depth. */
public final class VectorApi implements Arithmetic {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final VectorShuffle<Float> EVEN = VectorShuffle.makeUnzip(S, 0);
    private static final VectorShuffle<Float> ODD = VectorShuffle.makeUnzip(S, 1);

    @Override
    public void multiply(int rows, int depth, int n, float[] a, float[][] b, float[][] c) {
        var j = 0;
        // Rows are as long as a block, so a last vector may reach over n: what lies there is nobody's.
        for (; j < n; j += 2 * L) {
            var i = 0;
            for (; i + 6 <= rows; i += 6) {
                sixByTwo(depth, a, i * depth, b, j, c, i);
            }
            for (; i < rows; i++) {
                oneByTwo(depth, a, i * depth, b, j, c[i]);
            }
        }
    }

    /** Twelve accumulators, two vectors of B and a factor: 15 registers. */
    private static void sixByTwo(int depth, float[] a, int at, float[][] b, int j, float[][] c, int i) {
        var c00 = FloatVector.fromArray(S, c[i], j);
        var c01 = FloatVector.fromArray(S, c[i], j + L);
        var c10 = FloatVector.fromArray(S, c[i + 1], j);
        var c11 = FloatVector.fromArray(S, c[i + 1], j + L);
        var c20 = FloatVector.fromArray(S, c[i + 2], j);
        var c21 = FloatVector.fromArray(S, c[i + 2], j + L);
        var c30 = FloatVector.fromArray(S, c[i + 3], j);
        var c31 = FloatVector.fromArray(S, c[i + 3], j + L);
        var c40 = FloatVector.fromArray(S, c[i + 4], j);
        var c41 = FloatVector.fromArray(S, c[i + 4], j + L);
        var c50 = FloatVector.fromArray(S, c[i + 5], j);
        var c51 = FloatVector.fromArray(S, c[i + 5], j + L);
        for (var k = 0; k < depth; k++) {
            var row = b[k];
            var b0 = FloatVector.fromArray(S, row, j);
            var b1 = FloatVector.fromArray(S, row, j + L);
            var f = FloatVector.broadcast(S, a[at + k]);
            c00 = f.fma(b0, c00);
            c01 = f.fma(b1, c01);
            f = FloatVector.broadcast(S, a[at + depth + k]);
            c10 = f.fma(b0, c10);
            c11 = f.fma(b1, c11);
            f = FloatVector.broadcast(S, a[at + 2 * depth + k]);
            c20 = f.fma(b0, c20);
            c21 = f.fma(b1, c21);
            f = FloatVector.broadcast(S, a[at + 3 * depth + k]);
            c30 = f.fma(b0, c30);
            c31 = f.fma(b1, c31);
            f = FloatVector.broadcast(S, a[at + 4 * depth + k]);
            c40 = f.fma(b0, c40);
            c41 = f.fma(b1, c41);
            f = FloatVector.broadcast(S, a[at + 5 * depth + k]);
            c50 = f.fma(b0, c50);
            c51 = f.fma(b1, c51);
        }
        c00.intoArray(c[i], j);
        c01.intoArray(c[i], j + L);
        c10.intoArray(c[i + 1], j);
        c11.intoArray(c[i + 1], j + L);
        c20.intoArray(c[i + 2], j);
        c21.intoArray(c[i + 2], j + L);
        c30.intoArray(c[i + 3], j);
        c31.intoArray(c[i + 3], j + L);
        c40.intoArray(c[i + 4], j);
        c41.intoArray(c[i + 4], j + L);
        c50.intoArray(c[i + 5], j);
        c51.intoArray(c[i + 5], j + L);
    }

    private static void oneByTwo(int depth, float[] a, int at, float[][] b, int j, float[] c) {
        var c0 = FloatVector.fromArray(S, c, j);
        var c1 = FloatVector.fromArray(S, c, j + L);
        for (var k = 0; k < depth; k++) {
            var f = FloatVector.broadcast(S, a[at + k]);
            c0 = f.fma(FloatVector.fromArray(S, b[k], j), c0);
            c1 = f.fma(FloatVector.fromArray(S, b[k], j + L), c1);
        }
        c0.intoArray(c, j);
        c1.intoArray(c, j + L);
    }

    @Override
    public void relu(float[] y, int from, int to) {
        var i = from;
        for (; i + L <= to; i += L) {
            FloatVector.fromArray(S, y, i).max(0).intoArray(y, i);
        }
        for (; i < to; i++) {
            y[i] = Math.max(y[i], 0);
        }
    }

    @Override
    public void update(float[] w, float[] dw, float[] v, int from, int to, float rate, float momentum, float decay) {
        var i = from;
        for (; i + L <= to; i += L) {
            var x = FloatVector.fromArray(S, w, i);
            var gradient = x.mul(decay).add(FloatVector.fromArray(S, dw, i));
            var velocity = FloatVector.fromArray(S, v, i).mul(momentum).add(gradient);
            velocity.intoArray(v, i);
            x.sub(velocity.mul(rate)).intoArray(w, i);
        }
        for (; i < to; i++) {
            v[i] = momentum * v[i] + (dw[i] + decay * w[i]);
            w[i] -= rate * v[i];
        }
    }

    /** Lanes of floats over short runs, which doubles add up. */
    @Override
    public void sums(float[] x, int from, int to, double[] sumAndSquares) {
        var i = from;
        while (i + L <= to) {
            var s = FloatVector.zero(S);
            var q = FloatVector.zero(S);
            for (var run = 0; run < 64 && i + L <= to; run++, i += L) {
                var v = FloatVector.fromArray(S, x, i);
                s = s.add(v);
                q = v.fma(v, q);
            }
            sumAndSquares[0] += s.reduceLanes(VectorOperators.ADD);
            sumAndSquares[1] += q.reduceLanes(VectorOperators.ADD);
        }
        for (; i < to; i++) {
            sumAndSquares[0] += x[i];
            sumAndSquares[1] += (double) x[i] * x[i];
        }
    }

    @Override
    public void affine(float[] y, float[] x, int from, int to, float scale, float shift) {
        var a = FloatVector.broadcast(S, scale);
        var b = FloatVector.broadcast(S, shift);
        var i = from;
        for (; i + L <= to; i += L) {
            FloatVector.fromArray(S, x, i).fma(a, b).intoArray(y, i);
        }
        for (; i < to; i++) {
            y[i] = scale * x[i] + shift;
        }
    }

    @Override
    public void maxOfTwoRows(float[] x, int first, int second, float[] y, byte[] which, int at, int n) {
        var i = 0;
        var places = new int[L];
        for (; i + L <= n; i += L) {
            var a0 = FloatVector.fromArray(S, x, first + 2 * i);
            var a1 = FloatVector.fromArray(S, x, first + 2 * i + L);
            var b0 = FloatVector.fromArray(S, x, second + 2 * i);
            var b1 = FloatVector.fromArray(S, x, second + 2 * i + L);
            var v0 = a0.rearrange(EVEN, a1);
            var v1 = a0.rearrange(ODD, a1);
            var v2 = b0.rearrange(EVEN, b1);
            var v3 = b0.rearrange(ODD, b1);
            var best = v0;
            var place = FloatVector.zero(S).reinterpretAsInts();
            var larger = v1.compare(VectorOperators.GT, best);
            place = place.blend(1, larger.cast(place.species()));
            best = best.blend(v1, larger);
            larger = v2.compare(VectorOperators.GT, best);
            place = place.blend(2, larger.cast(place.species()));
            best = best.blend(v2, larger);
            larger = v3.compare(VectorOperators.GT, best);
            place = place.blend(3, larger.cast(place.species()));
            best = best.blend(v3, larger);
            best.intoArray(y, at + i);
            place.intoArray(places, 0);
            for (var k = 0; k < L; k++) {
                which[at + i + k] = (byte) places[k];
            }
        }
        for (; i < n; i++) {
            var best = 0;
            for (var k = 1; k < 4; k++) {
                best = at(x, first, second, i, k) > at(x, first, second, i, best) ? k : best;
            }
            y[at + i] = at(x, first, second, i, best);
            which[at + i] = (byte) best;
        }
    }

    private static float at(float[] x, int first, int second, int i, int k) {
        return x[(k < 2 ? first : second) + 2 * i + k % 2];
    }
}
