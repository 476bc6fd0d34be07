package fovea.oracle;

import fovea.Shape;

/** NumPy's alignment of shapes, the slow and obvious way. */
public final class Broadcast {
    private Broadcast() {
    }

    public static Shape shape(Shape... shapes) {
        var rank = 0;
        for (var shape : shapes) {
            rank = Math.max(rank, shape.rank());
        }
        var dims = new long[rank];
        for (var d = 0; d < rank; d++) {
            dims[d] = 1;
            for (var shape : shapes) {
                var own = d - (rank - shape.rank());
                if (own >= 0 && shape.dim(own) != 1) {
                    dims[d] = shape.dim(own);
                }
            }
        }
        return Shape.of(dims);
    }

    /** The element of x that counts at an offset of the result. */
    public static double at(double[] x, Shape shape, Shape result, int offset) {
        var index = Indexing.index(result, offset);
        var own = new long[shape.rank()];
        for (var d = 0; d < own.length; d++) {
            own[d] = shape.dim(d) == 1 ? 0 : index[index.length - own.length + d];
        }
        return x[(int) Indexing.offset(shape, own)];
    }
}
