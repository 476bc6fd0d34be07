package fovea.nn;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import fovea.runtime.Access;
import fovea.runtime.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Carries an {@link Init} out. */
final class Fill {
    private Fill() {
    }

    static void fill(Parameter parameter, Init init, Fans fans, long seed) {
        var shape = parameter.shape();
        init.check(parameter.name(), shape);
        var stream = stream(parameter.name());
        switch (init) {
            case Init.Constant c -> Memory.fill(Access.nativeContext(parameter.session()), parameter.data(), c.value(), shape.elements());
            case Init.Normal g -> normal(parameter, seed, stream, g.mean(), g.deviation());
            case Init.Uniform u -> uniform(parameter, seed, stream, u.low(), u.high());
            case Init.TruncatedNormal t -> truncated(parameter, seed, stream, t.mean(), t.deviation(), t.low(), t.high());
            case Init.Scaled s -> scaled(parameter, seed, stream, s, s.deviation(fans));
            case Init.Orthogonal o -> orthogonal(parameter, seed, stream, o.gain());
            case Init.Explicit e -> MemorySegment.copy(
                    e.elements(), 0, parameter.data(), ValueLayout.JAVA_FLOAT, 0, Math.toIntExact(shape.elements()));
        }
        parameter.touch();
    }

    private static void scaled(Parameter p, long seed, long stream, Init.Scaled s, double deviation) {
        switch (s.form()) {
            case NORMAL -> normal(p, seed, stream, 0, (float) deviation);
            case UNIFORM -> {
                var bound = (float) (Math.sqrt(3) * deviation);
                uniform(p, seed, stream, -bound, bound);
            }
            case TRUNCATED_NORMAL -> {
                // Cutting at two deviations takes variance away; this much wider a Gaussian has what was asked for.
                var wide = deviation / 0.87962566103423978;
                truncated(p, seed, stream, 0, wide, -2 * wide, 2 * wide);
            }
        }
    }

    /** A stream of random numbers for each path: 64 bits of FNV-1a, mixed, so that no two paths of a model meet. */
    static long stream(String path) {
        var hash = 0xcbf29ce484222325L;
        for (var b : path.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
        return hash ^ hash >>> 33;
    }

    private static void normal(Parameter p, long seed, long stream, float mean, float deviation) {
        var n = Access.nativeContext(p.session());
        n.check(FoveaNative.fov_random_normal(n.ctx(), p.data(), p.shape().elements(), seed, stream, mean, deviation));
    }

    private static void uniform(Parameter p, long seed, long stream, float low, float high) {
        var n = Access.nativeContext(p.session());
        n.check(FoveaNative.fov_random_uniform(n.ctx(), p.data(), p.shape().elements(), seed, stream, low, high));
    }

    /**
     * Rejection: element i is the first of the numbers i of the streams {@code stream}, {@code stream + 1}, ... that lies between the
     * limits. They hold at least a third of the mass, so 128 rounds leave none out.
     */
    private static void truncated(Parameter p, long seed, long stream, double mean, double deviation, double low, double high) {
        var n = p.shape().elements();
        var y = p.data();
        normal(p, seed, stream, (float) mean, (float) deviation);
        var context = Access.nativeContext(p.session());
        try (var arena = Arena.ofConfined()) {
            var next = arena.allocate(4 * n, 64);
            for (var round = 1; round < 128 && outside(y, n, low, high, null); round++) {
                context.check(FoveaNative.fov_random_normal(context.ctx(), next, n, seed, stream + round, (float) mean, (float) deviation));
                outside(y, n, low, high, next);
            }
        }
    }

    /** Whether any element lies outside; with a replacement, each that does takes its element. */
    private static boolean outside(MemorySegment y, long n, double low, double high, MemorySegment replacement) {
        var found = false;
        for (var i = 0L; i < n; i++) {
            var v = y.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            if (!(low <= v && v <= high)) {
                found = true;
                if (replacement == null) {
                    return true;
                }
                y.setAtIndex(ValueLayout.JAVA_FLOAT, i, replacement.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
        }
        return found;
    }

    private static void orthogonal(Parameter p, long seed, long stream, float gain) {
        normal(p, seed, stream, 0, 1);
        var shape = p.shape();
        var rows = Math.toIntExact(shape.dim(0));
        var columns = Math.toIntExact(shape.elements() / rows);
        var y = p.data();
        var wide = columns >= rows;
        var count = wide ? rows : columns;
        var length = wide ? columns : rows;
        var vectors = new double[count][length];
        for (var i = 0; i < count; i++) {
            for (var j = 0; j < length; j++) {
                vectors[i][j] = y.getAtIndex(ValueLayout.JAVA_FLOAT, at(wide, i, j, columns));
            }
        }
        orthonormalize(vectors);
        for (var i = 0; i < count; i++) {
            for (var j = 0; j < length; j++) {
                y.setAtIndex(ValueLayout.JAVA_FLOAT, at(wide, i, j, columns), (float) (gain * vectors[i][j]));
            }
        }
    }

    private static long at(boolean wide, int i, int j, int columns) {
        return wide ? (long) i * columns + j : (long) j * columns + i;
    }

    /** Gram-Schmidt, each vector twice: the second pass takes away what rounding left of the first. */
    private static void orthonormalize(double[][] vectors) {
        for (var i = 0; i < vectors.length; i++) {
            var v = vectors[i];
            for (var pass = 0; pass < 2; pass++) {
                for (var k = 0; k < i; k++) {
                    var along = dot(v, vectors[k]);
                    for (var j = 0; j < v.length; j++) {
                        v[j] -= along * vectors[k][j];
                    }
                }
            }
            var norm = Math.sqrt(dot(v, v));
            for (var j = 0; j < v.length; j++) {
                v[j] /= norm;
            }
        }
    }

    private static double dot(double[] a, double[] b) {
        var sum = 0.0;
        for (var i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
