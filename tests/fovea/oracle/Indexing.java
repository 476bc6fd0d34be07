package fovea.oracle;

import fovea.Shape;
import java.util.function.UnaryOperator;

/** Ops that only move elements, the slow and obvious way: for every index of the result, the index that it comes from. */
public final class Indexing {
    private Indexing() {
    }

    /** Element {@code index} of y is element {@code source(index)} of x, or {@code otherwise} where that is null. */
    public static double[] gather(Shape y, Shape x, double[] elements, UnaryOperator<long[]> source, double otherwise) {
        var result = new double[(int) y.elements()];
        for (var i = 0; i < result.length; i++) {
            var from = source.apply(index(y, i));
            result[i] = from == null ? otherwise : elements[(int) offset(x, from)];
        }
        return result;
    }

    public static long[] index(Shape shape, long offset) {
        var index = new long[shape.rank()];
        for (var i = index.length - 1; i >= 0; i--) {
            index[i] = offset % shape.dim(i);
            offset /= shape.dim(i);
        }
        return index;
    }

    public static long offset(Shape shape, long[] index) {
        var offset = 0L;
        for (var i = 0; i < index.length; i++) {
            if (index[i] < 0 || index[i] >= shape.dim(i)) {
                throw new IndexOutOfBoundsException("index " + java.util.Arrays.toString(index) + " in " + shape);
            }
            offset = offset * shape.dim(i) + index[i];
        }
        return offset;
    }

    /** The index with one entry replaced. */
    public static long[] with(long[] index, int axis, long place) {
        var copy = index.clone();
        copy[axis] = place;
        return copy;
    }
}
