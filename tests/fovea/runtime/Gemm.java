package fovea.runtime;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_gemm_attrs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/** One call of fov_gemm with everything it can be asked for, its operands, and what double arithmetic makes of them. */
record Gemm(int m, int n, int k, Matrix a, Matrix b, Matrix c, float alpha, float beta, int bias, boolean relu, Axis... batch) {
    /** Element (i, j) lies at i * row + j * col. */
    record Matrix(long row, long col) {
        /** Rows side by side with a gap behind each, or, transposed, columns. */
        static Matrix of(int rows, int columns, boolean transposed, int gap) {
            return transposed ? new Matrix(1, rows + gap) : new Matrix(columns + gap, 1);
        }

        long at(int i, int j) {
            return i * row + j * col;
        }
    }

    /** A batch axis and the distances of its matrices. */
    record Axis(int extent, long a, long b, long c) {
    }

    static Gemm of(int m, int n, int k, boolean aTransposed, boolean bTransposed, boolean cTransposed, int gap) {
        return new Gemm(m, n, k, Matrix.of(m, k, aTransposed, gap), Matrix.of(k, n, bTransposed, gap), Matrix.of(m, n, cTransposed, gap), 1,
                0, 0, false);
    }

    Gemm scaled(float newAlpha, float newBeta) {
        return new Gemm(m, n, k, a, b, c, newAlpha, newBeta, bias, relu, batch);
    }

    Gemm finished(int newBias, boolean newRelu) {
        return new Gemm(m, n, k, a, b, c, alpha, beta, newBias, newRelu, batch);
    }

    Gemm batched(Axis... axes) {
        return new Gemm(m, n, k, a, b, c, alpha, beta, bias, relu, axes);
    }

    int products() {
        return Arrays.stream(batch).mapToInt(Axis::extent).reduce(1, Math::multiplyExact);
    }

    private static long last(int rows, int columns, Matrix matrix) {
        return rows == 0 || columns == 0 ? -1 : matrix.at(rows - 1, columns - 1);
    }

    /** Elements up to the last one that the product touches. */
    int sizeOfA() {
        return Math.toIntExact(1 + last(m, k, a) + Arrays.stream(batch).mapToLong(x -> (x.extent - 1) * x.a).sum());
    }

    int sizeOfB() {
        return Math.toIntExact(1 + last(k, n, b) + Arrays.stream(batch).mapToLong(x -> (x.extent - 1) * x.b).sum());
    }

    int sizeOfC() {
        return Math.toIntExact(1 + last(m, n, c) + Arrays.stream(batch).mapToLong(x -> (x.extent - 1) * x.c).sum());
    }

    int sizeOfBias() {
        return bias == FoveaNative.FOV_BIAS_PER_ROW() ? m : bias == FoveaNative.FOV_BIAS_PER_COLUMN() ? n : 0;
    }

    /** Operands in which everything that is no element is NaN. */
    record Operands(float[] a, float[] b, float[] c, float[] bias) {
        static Operands draw(Gemm g, long seed, boolean integers) {
            var random = new SplittableRandom(seed);
            DoubleSupplier next = integers ? () -> random.nextInt(-4, 5) : random::nextGaussian;
            var a = gaps(g.sizeOfA());
            var b = gaps(g.sizeOfB());
            var c = gaps(g.sizeOfC());
            var bias = new float[g.sizeOfBias()];
            g.forEach((da, db, dc) -> {
                fill(a, da, g.m, g.k, g.a, next);
                fill(b, db, g.k, g.n, g.b, next);
                if (g.beta != 0) {
                    fill(c, dc, g.m, g.n, g.c, next);
                }
            });
            for (var i = 0; i < bias.length; i++) {
                bias[i] = (float) next.getAsDouble();
            }
            return new Operands(a, b, c, bias);
        }

        private static float[] gaps(int n) {
            var x = new float[n];
            Arrays.fill(x, Float.NaN);
            return x;
        }

        private static void fill(float[] x, long offset, int rows, int columns, Matrix matrix, DoubleSupplier next) {
            for (var i = 0; i < rows; i++) {
                for (var j = 0; j < columns; j++) {
                    x[(int) (offset + matrix.at(i, j))] = (float) next.getAsDouble();
                }
            }
        }
    }

    @FunctionalInterface
    interface Offsets {
        void accept(long a, long b, long c);
    }

    void forEach(Offsets body) {
        for (var i = 0; i < products(); i++) {
            var rest = i;
            long da = 0;
            long db = 0;
            long dc = 0;
            for (var axis = batch.length - 1; axis >= 0; axis--) {
                var x = batch[axis];
                da += rest % x.extent * x.a;
                db += rest % x.extent * x.b;
                dc += rest % x.extent * x.c;
                rest /= x.extent;
            }
            body.accept(da, db, dc);
        }
    }

    /** What every element of c must be, what rounding may add to it, and NaN with bound 0 where nothing may be written. */
    record Expected(double[] value, double[] bound) {
    }

    Expected expected(Operands x) {
        var sums = new double[x.c.length];
        var sizes = new double[x.c.length];
        var terms = new int[x.c.length];
        forEach((da, db, dc) -> {
            for (var i = 0; i < m; i++) {
                for (var j = 0; j < n; j++) {
                    var at = (int) (dc + c.at(i, j));
                    terms[at] += k + 4;
                    for (var p = 0; p < k; p++) {
                        var product = (double) x.a[(int) (da + a.at(i, p))] * x.b[(int) (db + b.at(p, j))];
                        sums[at] += product;
                        sizes[at] += Math.abs(product);
                    }
                }
            }
        });
        var value = new double[x.c.length];
        var bound = new double[x.c.length];
        Arrays.fill(value, Double.NaN);
        forEach((_, _, dc) -> {
            for (var i = 0; i < m; i++) {
                for (var j = 0; j < n; j++) {
                    var at = (int) (dc + c.at(i, j));
                    var old = beta == 0 ? 0 : beta * x.c[at];
                    var shift = bias == 0 ? 0 : x.bias[bias == FoveaNative.FOV_BIAS_PER_ROW() ? i : j];
                    var y = alpha * sums[at] + old + shift;
                    value[at] = relu ? Math.max(0, y) : y;
                    bound[at] = 0x1p-24 * (terms[at] * Math.abs(alpha) * sizes[at] + 4 * Math.abs(old) + 4 * Math.abs(shift));
                }
            }
        });
        return new Expected(value, bound);
    }

    MemorySegment attrs(Arena arena, int type) {
        var g = fov_gemm_attrs.allocate(arena);
        fov_gemm_attrs.m(g, m);
        fov_gemm_attrs.n(g, n);
        fov_gemm_attrs.k(g, k);
        fov_gemm_attrs.a_row(g, a.row);
        fov_gemm_attrs.a_col(g, a.col);
        fov_gemm_attrs.b_row(g, b.row);
        fov_gemm_attrs.b_col(g, b.col);
        fov_gemm_attrs.c_row(g, c.row);
        fov_gemm_attrs.c_col(g, c.col);
        fov_gemm_attrs.type(g, type);
        fov_gemm_attrs.bias(g, bias);
        fov_gemm_attrs.activation(g, relu ? FoveaNative.FOV_ACTIVATION_RELU() : FoveaNative.FOV_ACTIVATION_NONE());
        fov_gemm_attrs.alpha(g, alpha);
        fov_gemm_attrs.beta(g, beta);
        fov_gemm_attrs.batch_rank(g, batch.length);
        for (var i = 0; i < batch.length; i++) {
            fov_gemm_attrs.batch(g, i, batch[i].extent);
            fov_gemm_attrs.a_batch(g, i, batch[i].a);
            fov_gemm_attrs.b_batch(g, i, batch[i].b);
            fov_gemm_attrs.c_batch(g, i, batch[i].c);
        }
        return g;
    }

    /** Runs it on memory whose ends are the ends of accessible memory; the packed operands of the call before were NaN. */
    float[] run(Native context, Operands x) {
        return run(context, x, FoveaNative.FOV_F32());
    }

    /** The same with a and b stored as a type. */
    float[] run(Native context, Operands x, int type) {
        try (var arena = Arena.ofConfined();
                var ma = Guarded.of(context, x.a.length);
                var mb = Guarded.of(context, x.b.length);
                var mc = Guarded.of(context, x.c.length);
                var mbias = Guarded.of(context, x.bias.length)) {
            var attrs = attrs(arena, type);
            var half = type == FoveaNative.FOV_BF16() ? 2 : 1;
            var a = ma.memory().asSlice(ma.memory().byteSize() / half * (half - 1));
            var b = mb.memory().asSlice(mb.memory().byteSize() / half * (half - 1));
            var shift = bias == 0 ? MemorySegment.NULL : mbias.memory();
            for (var guarded : new Guarded[] {ma, mb, mc, mbias}) {
                guarded.memory().fill((byte) 0xff);
            }
            context.check(FoveaNative.fov_gemm(context.ctx(), mc.memory(), a, b, shift, attrs));
            store(context, a, type, x.a, arena);
            store(context, b, type, x.b, arena);
            mc.set(x.c);
            mbias.set(x.bias);
            context.check(FoveaNative.fov_gemm(context.ctx(), mc.memory(), a, b, shift, attrs));
            return mc.memory().toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static void store(Native context, MemorySegment to, int type, float[] x, Arena arena) {
        if (x.length > 0) {
            var from = arena.allocateFrom(ValueLayout.JAVA_FLOAT, x);
            context.check(FoveaNative.fov_convert(context.ctx(), to, type, from, FoveaNative.FOV_F32(), x.length));
        }
    }

    @Override
    public String toString() {
        return "%d x %d x %d, a %s, b %s, c %s, alpha %s, beta %s, bias %d, relu %s, batch %s".formatted(m, n, k, a, b, c, alpha, beta,
                bias,
                relu, Arrays.toString(batch));
    }
}
