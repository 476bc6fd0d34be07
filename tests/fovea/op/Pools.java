package fovea.op;

import fovea.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** The naive side of pooling: which elements of a plane every output reads, written down without a table or a stride trick. */
final class Pools {
    private Pools() {
    }

    /** One window: the positions inside the plane that it reads, in order, and how many elements it has inside the padded input. */
    record Reads(int[] positions, int padded) {
    }

    @FunctionalInterface
    interface Reduce {
        double apply(double[] x, int plane, Reads reads);
    }

    /** The value of every output: {@code reduce(x, first element of the plane, what the window reads)}. */
    static double[] map(double[] x, Shape shape, List<Reads> windows, Reduce reduce) {
        var planes = (int) (shape.dim(0) * shape.dim(1));
        var plane = x.length / planes;
        var y = new double[planes * windows.size()];
        for (var i = 0; i < y.length; i++) {
            y[i] = reduce.apply(x, i / windows.size() * plane, windows.get(i % windows.size()));
        }
        return y;
    }

    static List<Reads> sliding(Shape x, Window rounded) {
        var y = rounded.over("pool", x);
        var window = rounded.fitted(x);
        var axes = new ArrayList<List<int[]>>();
        for (var i = 0; i < window.rank(); i++) {
            var axis = new ArrayList<int[]>();
            for (var o = 0; o < y.dim(i + 2); o++) {
                var taps = new int[window.kernel().at(i)];
                for (var t = 0; t < taps.length; t++) {
                    taps[t] = o * window.stride().at(i) - window.padBegin().at(i) + t * window.dilation().at(i);
                }
                axis.add(taps);
            }
            axes.add(axis);
        }
        return product(x, axes, window.padBegin(), window.padEnd());
    }

    static List<Reads> adaptive(Shape x, Extents size) {
        var axes = new ArrayList<List<int[]>>();
        for (var i = 0; i < size.rank(); i++) {
            var in = (double) x.dim(i + 2);
            var axis = new ArrayList<int[]>();
            for (var o = 0; o < size.at(i); o++) {
                var begin = (int) Math.floor(o * in / size.at(i));
                var end = (int) Math.ceil((o + 1) * in / size.at(i));
                axis.add(java.util.stream.IntStream.range(begin, end).toArray());
            }
            axes.add(axis);
        }
        var none = Extents.all(size.rank(), 0);
        return product(x, axes, none, none);
    }

    /** All combinations of the axes' windows, row-major, and within each all combinations of taps. */
    private static List<Reads> product(Shape x, List<List<int[]>> axes, Extents before, Extents after) {
        var windows = new ArrayList<Reads>();
        windows.add(new Reads(new int[] {0}, 1));
        for (var i = 0; i < axes.size(); i++) {
            var extent = (int) x.dim(i + 2);
            var low = -before.at(i);
            var high = extent + after.at(i);
            var longer = new ArrayList<Reads>();
            for (var outer : windows) {
                for (var taps : axes.get(i)) {
                    var positions = Arrays.stream(outer.positions).flatMap(p -> Arrays.stream(taps).filter(t -> t >= 0 && t < extent)
                            .map(t -> p * extent + t)).toArray();
                    var padded = (int) Arrays.stream(taps).filter(t -> t >= low && t < high).count();
                    longer.add(new Reads(positions, outer.padded * padded));
                }
            }
            windows = longer;
        }
        return windows;
    }

    /** A random input and a window that fits it: 1 to 3 axes, overlapping or apart, with padding, dilation and ceil. */
    record Drawn(Shape x, Window window) {
        static Drawn next(SplittableRandom random) {
            while (true) {
                var axes = random.nextInt(1, 4);
                var dims = new long[axes + 2];
                dims[0] = random.nextInt(1, random.nextInt(4) == 0 ? 34 : 4);
                dims[1] = random.nextInt(1, random.nextInt(4) == 0 ? 34 : 6);
                var k = new int[axes];
                var s = new int[axes];
                var d = new int[axes];
                var before = new int[axes];
                var after = new int[axes];
                for (var i = 0; i < axes; i++) {
                    dims[i + 2] = random.nextInt(1, axes == 3 ? 8 : axes == 2 ? 16 : 50);
                    k[i] = random.nextInt(1, 5);
                    s[i] = random.nextInt(1, 5);
                    d[i] = random.nextInt(4) == 0 ? random.nextInt(1, 4) : 1;
                    var span = d[i] * (k[i] - 1) + 1;
                    before[i] = random.nextInt(span / 2 + 1);
                    after[i] = random.nextInt(span / 2 + 1);
                }
                try {
                    var window = Window.of(k).stride(s).dilation(d).padding(Extents.of(before), Extents.of(after))
                            .rounding(random.nextBoolean() ? Rounding.CEIL : Rounding.FLOOR);
                    var x = Shape.of(dims);
                    if (window.over("pool", x).elements() <= 4000 && x.elements() <= 10000) {
                        return new Drawn(x, window);
                    }
                } catch (IllegalArgumentException e) {
                    // The window does not fit: draw again.
                }
            }
        }
    }

    /** A random input and the size that adaptive or global windows bring it to. */
    record Resized(Shape x, Extents size) {
        static Resized next(SplittableRandom random) {
            var axes = random.nextInt(1, 4);
            var dims = new long[axes + 2];
            dims[0] = random.nextInt(1, random.nextInt(4) == 0 ? 34 : 4);
            dims[1] = random.nextInt(1, random.nextInt(4) == 0 ? 34 : 6);
            for (var i = 2; i < dims.length; i++) {
                dims[i] = random.nextInt(1, axes == 3 ? 5 : axes == 2 ? 9 : 40);
            }
            var global = random.nextInt(3) == 0;
            var size = random.ints(axes, 1, axes == 3 ? 4 : 8).map(extent -> global ? 1 : extent).toArray();
            return new Resized(Shape.of(dims), Extents.of(size));
        }
    }
}
