package fovea.nn;

import fovea.Shape;

/** Whether a network fits its input, and if not because it is too small, which size would do. */
final class SmallestInput {
    private static final int LARGEST = 1024;

    private SmallestInput() {
    }

    /** The summary. Fails like a dry build, with the smallest size that works in the message. */
    static Summary check(Layer layer, Shape in, BuildOptions options) {
        try {
            return Summary.of(layer, in, options);
        } catch (LayerException e) {
            var size = smallest(layer, in);
            throw size == null ? e : new LayerException(e.path(), e.reason() + "; the smallest input that fits this network is " + size, e);
        }
    }

    /** The given shape with all extents behind the channels grown to the smallest common value that works; null where none does. */
    private static Shape smallest(Layer layer, Shape in) {
        if (in.rank() < 2) {
            return null;
        }
        var smallest = Long.MAX_VALUE;
        for (var axis = 1; axis < in.rank(); axis++) {
            smallest = Math.min(smallest, in.dim(axis));
        }
        for (var extent = smallest + 1; extent <= LARGEST; extent++) {
            var grown = in;
            for (var axis = 1; axis < in.rank(); axis++) {
                grown = grown.with(axis, Math.max(in.dim(axis), extent));
            }
            if (fits(layer, grown)) {
                return grown;
            }
        }
        return null;
    }

    private static boolean fits(Layer layer, Shape in) {
        try {
            layer.outputShape(in);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
