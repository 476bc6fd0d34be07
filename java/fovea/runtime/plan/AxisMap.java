package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_map;
import fovea.bindings.fov_taps;
import fovea.runtime.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/**
 * How the elements along one axis come from those of another: output o is the sum of {@code weight[t] * input[index[t]]} for
 * {@code begin[o] <= t < begin[o + 1]}. One map for every axis makes a linear op, and the transposed maps make its gradient.
 */
record AxisMap(int in, int out, int[] begin, int[] index, float[] weight) {

    /** Output o is input {@code source(o)}, or nothing where that is negative. */
    static AxisMap select(long in, long out, LongUnaryOperator source) {
        var begin = new int[extent(out) + 1];
        var index = new int[extent(out)];
        var taps = 0;
        for (var o = 0; o < out; o++) {
            var i = source.applyAsLong(o);
            if (i >= 0) {
                index[taps++] = (int) i;
            }
            begin[o + 1] = taps;
        }
        return new AxisMap(extent(in), extent(out), begin, Arrays.copyOf(index, taps), null);
    }

    private static int extent(long n) {
        if (n >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException("an axis of %d elements is too long for this op; reshape it into two axes".formatted(n));
        }
        return (int) n;
    }

    AxisMap transposed() {
        var first = new int[in + 1];
        for (var i : index) {
            first[i + 1]++;
        }
        for (var i = 0; i < in; i++) {
            first[i + 1] += first[i];
        }
        var next = first.clone();
        var outputs = new int[index.length];
        var weights = weight == null ? null : new float[index.length];
        for (var o = 0; o < out; o++) {
            for (var t = begin[o]; t < begin[o + 1]; t++) {
                var slot = next[index[t]]++;
                outputs[slot] = o;
                if (weights != null) {
                    weights[slot] = weight[t];
                }
            }
        }
        return new AxisMap(out, in, first, outputs, weights);
    }

    /** A native map of one entry per axis of memory; null where an axis stays as it is. */
    static MemorySegment segment(Arena arena, long[] dims, AxisMap[] maps) {
        var segment = fov_map.allocate(arena);
        fov_map.rank(segment, dims.length);
        for (var i = 0; i < dims.length; i++) {
            var taps = fov_map.axis(segment, i);
            var map = maps[i];
            fov_taps.in(taps, map == null ? dims[i] : map.in);
            fov_taps.out(taps, map == null ? dims[i] : map.out);
            fov_taps.begin(taps, map == null ? MemorySegment.NULL : arena.allocateFrom(ValueLayout.JAVA_INT, map.begin));
            fov_taps.index(taps, map == null ? MemorySegment.NULL : arena.allocateFrom(ValueLayout.JAVA_INT, map.index));
            fov_taps.weight(taps, map == null || map.weight == null ? MemorySegment.NULL
                    : arena.allocateFrom(ValueLayout.JAVA_FLOAT, map.weight));
        }
        return segment;
    }

    static AxisMap[] transposed(AxisMap[] maps) {
        var turned = new AxisMap[maps.length];
        for (var i = 0; i < maps.length; i++) {
            turned[i] = maps[i] == null ? null : maps[i].transposed();
        }
        return turned;
    }

    static void run(Native n, MemorySegment y, MemorySegment x, MemorySegment map, float fill) {
        n.check(FoveaNative.fov_map_axes(n.ctx(), y, x, map, fill));
    }
}
