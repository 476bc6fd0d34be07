package fovea.purejava;

/**
 * C = A B in blocks, whatever A, B and C really are: a matrix, or an image whose windows are the columns. B is packed block by block as
 * it is read, so windows are never laid out as a whole.
 */
public final class Product {
    /** Writes n elements of row k of B from column j on. */
    @FunctionalInterface
    public interface Right {
        void row(int k, int j, int n, float[] to);
    }

    /** Writes row i of A from column k on. */
    @FunctionalInterface
    public interface Left {
        void row(int i, int k, int n, float[] to, int at);
    }

    /** Takes n finished elements of row i of C from column j on. */
    @FunctionalInterface
    public interface Result {
        void row(int i, int j, int n, float[] from);
    }

    /** Buffers of one thread. */
    private static final class Blocks {
        final float[][] b = new float[Arithmetic.DEPTH][Arithmetic.COLUMNS];
        float[][] c = {};
        float[] a = {};

        void rows(int n) {
            if (c.length < n) {
                c = new float[n][Arithmetic.COLUMNS];
                a = new float[n * Arithmetic.DEPTH];
            }
        }
    }

    private static final ThreadLocal<Blocks> BLOCKS = ThreadLocal.withInitial(Blocks::new);
    /** Rows of A that a task multiplies with one block of B. */
    private static final int ROWS = 96;

    private Product() {
    }

    /** m x k times k x n. */
    public static void of(Arithmetic arithmetic, int m, int n, int k, Left left, Right right, Result result) {
        // Even blocks: a last one of a few columns would cost as much as a full one.
        var parts = (n + Arithmetic.COLUMNS - 1) / Arithmetic.COLUMNS;
        var wide = parts == 1 && n > 64 && m <= 2 * ROWS ? 2 : parts;
        var columns = roundUp((n + wide - 1) / wide, 32);
        var across = (n + columns - 1) / columns;
        // Where the columns alone keep the threads busy, B is packed once; otherwise rows are cut too.
        var down = across >= 4 ? 1 : Math.max(1, (m + ROWS - 1) / ROWS);
        var rows = roundUp((m + down - 1) / down, 6);
        var parted = (m + rows - 1) / rows;
        Arithmetic.parallel(across * parted, task -> {
            var j = task / parted * columns;
            var i = task % parted * rows;
            block(arithmetic, i, Math.min(rows, m - i), j, Math.min(columns, n - j), k, left, right, result);
        });
    }

    private static int roundUp(int n, int to) {
        return (n + to - 1) / to * to;
    }

    private static void block(Arithmetic arithmetic, int i0, int m, int j0, int n, int depth, Left left, Right right, Result result) {
        var blocks = BLOCKS.get();
        blocks.rows(m);
        for (var i = 0; i < m; i++) {
            java.util.Arrays.fill(blocks.c[i], 0, Math.min(Arithmetic.COLUMNS, roundUp(n, 32)), 0);
        }
        for (var k = 0; k < depth; k += Arithmetic.DEPTH) {
            var d = Math.min(Arithmetic.DEPTH, depth - k);
            for (var r = 0; r < d; r++) {
                right.row(k + r, j0, n, blocks.b[r]);
            }
            for (var i = 0; i < m; i++) {
                left.row(i0 + i, k, d, blocks.a, i * d);
            }
            arithmetic.multiply(m, d, n, blocks.a, blocks.b, blocks.c);
        }
        for (var i = 0; i < m; i++) {
            result.row(i0 + i, j0, n, blocks.c[i]);
        }
    }

    /** Matrices, row by row: c [m, n] = a [m, k] b [k, n], each transposed first where asked for; added to c where asked for. */
    public static void gemm(Arithmetic arithmetic, int m, int n, int k, float[] a, boolean transposeA, float[] b, boolean transposeB,
            float[] c, boolean add) {
        of(arithmetic, m, n, k, matrix(a, transposeA, transposeA ? m : k), (r, j, count, to) -> {
            if (transposeB) {
                for (var i = 0; i < count; i++) {
                    to[i] = b[(j + i) * k + r];
                }
            } else {
                System.arraycopy(b, r * n + j, to, 0, count);
            }
        }, (i, j, count, from) -> {
            if (add) {
                for (var x = 0; x < count; x++) {
                    c[i * n + j + x] += from[x];
                }
            } else {
                System.arraycopy(from, 0, c, i * n + j, count);
            }
        });
    }

    static Left matrix(float[] a, boolean transposed, int stride) {
        return (i, k, n, to, at) -> {
            if (transposed) {
                for (var x = 0; x < n; x++) {
                    to[at + x] = a[(k + x) * stride + i];
                }
            } else {
                System.arraycopy(a, i * stride + k, to, at, n);
            }
        };
    }
}
