package fovea.purejava;

import java.util.stream.IntStream;

/**
 * The inner loops that the contenders differ in. Everything around them (blocking, packing, threads) is shared, so what is compared is
 * plain Java, as the JIT compiler vectorises it, with the Vector API.
 */
public interface Arithmetic {
    /** Columns of a block of B and C, and the depth of a block: B's block lies in the second-level cache. */
    int COLUMNS = 256;
    int DEPTH = 256;

    /** C, rows x n, += A, rows x depth (row after row), times B, depth x n. Every row of B and C is an array of its own. */
    void multiply(int rows, int depth, int n, float[] a, float[][] b, float[][] c);

    /** y = max(y, 0). */
    void relu(float[] y, int from, int to);

    /** w -= rate * (v = momentum * v + dw + decay * w). */
    void update(float[] w, float[] dw, float[] v, int from, int to, float rate, float momentum, float decay);

    /** The sum of x, and of its squares. */
    void sums(float[] x, int from, int to, double[] sumAndSquares);

    /** y = scale * x + shift. */
    void affine(float[] y, float[] x, int from, int to, float scale, float shift);

    /** Rows of 2x2 windows: out[i] = max of two neighbours of two rows, and which of the four (the first of equals). */
    void maxOfTwoRows(float[] x, int first, int second, float[] y, byte[] which, int at, int n);

    /** Cuts work into tasks; the common pool takes as many threads as there are processors. */
    static void parallel(int tasks, java.util.function.IntConsumer body) {
        if (tasks == 1) {
            body.accept(0);
        } else {
            IntStream.range(0, tasks).parallel().forEach(body);
        }
    }
}
