package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * Images of another size: every named axis gets a new extent, its elements interpolated from the old ones.
 *
 * <pre>{@code
 * // [n, c, 8, 8] to [n, c, 16, 16], as PyTorch's interpolate(mode="bilinear", align_corners=False)
 * new Resize(Interpolation.LINEAR, Resize.Grid.HALF_PIXEL, List.of(new Resize.Axis(2, 16), new Resize.Axis(3, 16)))
 * }</pre>
 *
 * @param outside what is read where {@link Grid#CROP} leaves x
 */
public record Resize(Interpolation interpolation, Grid grid, List<Axis> axes, float outside) implements Op {
    /** Where in x, whose elements are at 0, 1, ... n - 1, element o of the result is read; s is result elements per element of x. */
    public enum Grid {
        /** The middles of elements are half a pixel in: (o + 0.5) / s - 0.5. */
        HALF_PIXEL,
        /** The same, but an axis of one element reads place 0. */
        HALF_PIXEL_FROM_START,
        /** The same about the middle of the axis, for results of a fractional size. */
        HALF_PIXEL_SYMMETRIC,
        /** First and last elements stay where they are: o (n - 1) / (m - 1). */
        ALIGN_CORNERS,
        /** o / s */
        ASYMMETRIC,
        /** The box that each axis names, whose ends are the first and the last element. */
        CROP
    }

    /**
     * The new extent of an axis; a negative axis counts from the end.
     *
     * @param scale result elements per element of x, for the grid; 0: extent / extent of x
     * @param from where a {@link Grid#CROP} begins, 0 to 1
     * @param to where it ends
     */
    public record Axis(int axis, long extent, double scale, float from, float to) {
        public Axis {
            Checks.require(extent >= 1, "resize: axis %d gets %d elements; it needs at least 1", axis, extent);
            Checks.require(scale >= 0 && Double.isFinite(scale), "resize: axis %d has scale %s; it must be positive", axis, scale);
        }

        public Axis(int axis, long extent) {
            this(axis, extent, 0, 0, 1);
        }

        /** An axis of n elements gets floor(n * scale) of them. */
        public static Axis scaled(int axis, long n, double scale) {
            return new Axis(axis, (long) Math.floor(n * scale), scale, 0, 1);
        }

        public double scale(long n) {
            return scale > 0 ? scale : (double) extent / n;
        }
    }

    public Resize {
        axes = List.copyOf(axes);
    }

    public Resize(Interpolation interpolation, Grid grid, List<Axis> axes) {
        this(interpolation, grid, axes, 0);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("resize", inputs, 1);
        var x = Checks.f32("resize", "x", inputs.getFirst());
        var y = x;
        var seen = 0;
        for (var axis : axes) {
            var i = Checks.axis("resize", axis.axis(), x);
            Checks.require((seen >> i & 1) == 0, "resize: axis %d is named twice in %s", i, axes);
            seen |= 1 << i;
            y = y.with(i, axis.extent());
        }
        return List.of(Spec.f32(y));
    }

    /** Where in an axis of n elements element o of the result is read. */
    public double place(Axis axis, long n, long o) {
        var scale = axis.scale(n);
        var length = scale * n;  // of the result before it was rounded down to whole elements
        var middle = (o + 0.5) / scale - 0.5;
        return switch (grid) {
            case HALF_PIXEL -> middle;
            case HALF_PIXEL_FROM_START -> axis.extent() > 1 ? middle : 0;
            case HALF_PIXEL_SYMMETRIC -> n / 2.0 * (1 - axis.extent() / length) + middle;
            case ALIGN_CORNERS -> o == 0 ? 0 : o * (n - 1) / (length - 1);
            // In float, as other libraries do it: which neighbour is the nearest hangs on the last bit.
            case ASYMMETRIC -> interpolation instanceof Interpolation.Nearest
                    ? o * (axis.scale() > 0 ? (float) (1 / axis.scale()) : (float) n / axis.extent())
                    : o / scale;
            case CROP -> (n - 1) * (axis.extent() > 1 ? axis.from() + o * ((double) axis.to() - axis.from()) / (length - 1)
                    : (axis.from() + axis.to()) / 2);
        };
    }
}
