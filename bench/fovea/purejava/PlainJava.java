package fovea.purejava;

/** Loops that the JIT compiler turns into vector instructions: one index, arrays of their own for what must not overlap. */
public final class PlainJava implements Arithmetic {
    /** Eight rows of B at once stay in the first-level cache while all rows of C pass by. */
    @Override
    public void multiply(int rows, int depth, int n, float[] a, float[][] b, float[][] c) {
        var k = 0;
        for (; k + 8 <= depth; k += 8) {
            for (var i = 0; i < rows; i++) {
                oneByEight(n, a, i * depth + k, b[k], b[k + 1], b[k + 2], b[k + 3], b[k + 4], b[k + 5], b[k + 6], b[k + 7], c[i]);
            }
        }
        for (; k < depth; k++) {
            for (var i = 0; i < rows; i++) {
                oneByOne(n, a[i * depth + k], b[k], c[i]);
            }
        }
    }

    /** Each vector of C that is loaded and stored takes eight products. */
    private static void oneByEight(int n, float[] a, int at, float[] b0, float[] b1, float[] b2, float[] b3, float[] b4, float[] b5,
            float[] b6, float[] b7, float[] c) {
        var a0 = a[at];
        var a1 = a[at + 1];
        var a2 = a[at + 2];
        var a3 = a[at + 3];
        var a4 = a[at + 4];
        var a5 = a[at + 5];
        var a6 = a[at + 6];
        var a7 = a[at + 7];
        for (var j = 0; j < n; j++) {
            // Two chains, so that the latency of one product does not hold up the next.
            var even = Math.fma(a0, b0[j], Math.fma(a2, b2[j], Math.fma(a4, b4[j], Math.fma(a6, b6[j], c[j]))));
            var odd = Math.fma(a1, b1[j], Math.fma(a3, b3[j], Math.fma(a5, b5[j], a7 * b7[j])));
            c[j] = even + odd;
        }
    }

    private static void oneByOne(int n, float a, float[] b, float[] c) {
        for (var j = 0; j < n; j++) {
            c[j] = Math.fma(a, b[j], c[j]);
        }
    }

    @Override
    public void relu(float[] y, int from, int to) {
        for (var i = from; i < to; i++) {
            y[i] = Math.max(y[i], 0);
        }
    }

    @Override
    public void update(float[] w, float[] dw, float[] v, int from, int to, float rate, float momentum, float decay) {
        for (var i = from; i < to; i++) {
            v[i] = momentum * v[i] + (dw[i] + decay * w[i]);
            w[i] -= rate * v[i];
        }
    }

    /** Sums of floats keep their order, so they are not vectorised; four chains at least overlap. */
    @Override
    public void sums(float[] x, int from, int to, double[] sumAndSquares) {
        double s0 = 0;
        double s1 = 0;
        double q0 = 0;
        double q1 = 0;
        var i = from;
        for (; i + 2 <= to; i += 2) {
            double a = x[i];
            double b = x[i + 1];
            s0 += a;
            s1 += b;
            q0 += a * a;
            q1 += b * b;
        }
        for (; i < to; i++) {
            s0 += x[i];
            q0 += (double) x[i] * x[i];
        }
        sumAndSquares[0] += s0 + s1;
        sumAndSquares[1] += q0 + q1;
    }

    @Override
    public void affine(float[] y, float[] x, int from, int to, float scale, float shift) {
        for (var i = from; i < to; i++) {
            y[i] = scale * x[i] + shift;
        }
    }

    @Override
    public void maxOfTwoRows(float[] x, int first, int second, float[] y, byte[] which, int at, int n) {
        for (var i = 0; i < n; i++) {
            var best = x[first + 2 * i];
            var place = 0;
            var v = x[first + 2 * i + 1];
            place = v > best ? 1 : place;
            best = v > best ? v : best;
            v = x[second + 2 * i];
            place = v > best ? 2 : place;
            best = v > best ? v : best;
            v = x[second + 2 * i + 1];
            place = v > best ? 3 : place;
            best = v > best ? v : best;
            y[at + i] = best;
            which[at + i] = (byte) place;
        }
    }
}
