package fovea.op;

import java.math.RoundingMode;

/** How {@link Resize} reads x between two of its elements. Beyond the ends, the last element goes on. */
public sealed interface Interpolation {
    /** The nearest neighbour below, as PyTorch's {@code nearest}. */
    Interpolation NEAREST = new Nearest(RoundingMode.FLOOR);
    /** Linear along each axis: bilinear for images. */
    Interpolation LINEAR = new Linear(false, false);
    /** Cubic convolution along each axis, as PyTorch's {@code bicubic}. */
    Interpolation CUBIC = new Cubic(-0.75f, false, false);

    /** One element: the one at the place rounded FLOOR, CEILING, HALF_DOWN or HALF_UP. */
    record Nearest(RoundingMode rounding) implements Interpolation {
        public Nearest {
            Checks.require(switch (rounding) {
                case FLOOR, CEILING, HALF_DOWN, HALF_UP -> true;
                default -> false;
            }, "resize: rounding %s is unknown; give FLOOR, CEILING, HALF_DOWN or HALF_UP", rounding);
        }
    }

    /**
     * The two elements around the place.
     *
     * @param antialias where the result is smaller, the mean over all elements that fall on one of its own
     * @param inside elements beyond the ends do not count, rather than repeating the last one
     */
    record Linear(boolean antialias, boolean inside) implements Interpolation {
    }

    /**
     * The four elements around the place.
     *
     * @param a the slope's parameter: -0.75 in PyTorch, -0.5 in Pillow
     * @param antialias where the result is smaller, all elements that fall on one of its own take part
     * @param inside elements beyond the ends do not count, rather than repeating the last one
     */
    record Cubic(float a, boolean antialias, boolean inside) implements Interpolation {
    }
}
