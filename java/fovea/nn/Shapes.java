package fovea.nn;

import fovea.Shape;
import fovea.op.Extents;
import fovea.op.Op;
import fovea.op.Spec;
import java.util.List;

/** What layers have in common when they look at the shape of a sample. */
final class Shapes {
    private static final String[] AXES = {"[features]", "[channels, width]", "[channels, height, width]",
            "[channels, depth, height, width]"};

    private Shapes() {
    }

    /** Refuses samples that do not have channels and this many spatial axes, with the likely cause. */
    static void spatial(String layer, Shape in, int axes) {
        if (in.rank() == axes + 1) {
            return;
        }
        var cause = in.rank() == axes + 2 ? "shapes here are of one sample, without the batch"
                : in.rank() == 1 ? "a flatten() or dense() stands before it"
                : in.rank() == axes ? "the channels are missing: a grey image is [1, height, width]"
                : "the layer before it works on %d spatial axes, this one on %d".formatted(in.rank() - 1, axes);
        throw new IllegalArgumentException("%s needs samples of %s, got %s; likely cause: %s".formatted(layer, AXES[axes], in, cause));
    }

    static int channels(Shape in) {
        return Math.toIntExact(in.dim(0));
    }

    /** What lies behind the channels. */
    static Extents extents(Shape in, int from) {
        var extents = new int[in.rank() - from];
        for (var i = 0; i < extents.length; i++) {
            extents[i] = Math.toIntExact(in.dim(from + i));
        }
        return Extents.of(extents);
    }

    static Shape of(long channels, Extents spatial) {
        var dims = new long[spatial.rank() + 1];
        dims[0] = channels;
        for (var i = 0; i < spatial.rank(); i++) {
            dims[i + 1] = spatial.at(i);
        }
        return Shape.of(dims);
    }

    /** What the op makes of one sample. */
    static Shape through(Op op, Shape in) {
        var y = op.infer(List.of(Spec.f32(batch(in)))).getFirst().shape();
        return y.slice(1, y.rank());
    }

    /** A batch of one. */
    static Shape batch(Shape sample) {
        return Shape.of(1).concat(sample);
    }

    static String settings(String name, Extents value, int usual) {
        return value.equals(Extents.all(value.rank(), usual)) ? "" : ", " + name + " " + (value.isUniform() ? value.first() : value);
    }
}
