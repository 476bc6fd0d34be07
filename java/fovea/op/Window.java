package fovea.op;

import fovea.Shape;

/**
 * The windows that pooling moves over one to three spatial axes. Padding is only where windows may begin and end: it never wins a
 * maximum and adds nothing to a sum. Different from a convolution, no window lies wholly in padding.
 *
 * <pre>{@code
 * Window.of(2, 2)                                            // 2x2, stride 2
 * Window.of(3, 3).stride(2).padding(1)                       // overlapping, as behind the first convolution of a ResNet
 * Window.of(3).stride(2).rounding(Rounding.CEIL)             // one axis; the last window may hang over the end
 * Window.of(2, 3).padding(Extents.of(0, 1), Extents.of(1, 0))
 * }</pre>
 *
 * @param padBegin padding before the first element of every axis
 * @param padEnd padding behind the last one
 * @param rounding with {@link Rounding#CEIL} the last window begins inside the input or the padding before it, as in PyTorch; with
 *     {@link Rounding#SAME} the paddings are chosen and those given must be 0
 */
public record Window(Extents kernel, Extents stride, Extents padBegin, Extents padEnd, Extents dilation, Rounding rounding) {
    public Window {
        Windows.check("window " + kernel, stride, padBegin, padEnd, dilation);
        Checks.require(kernel.rank() == stride.rank(), "window: kernel %s and stride %s must have the same number of axes", kernel, stride);
        Checks.require(kernel.smallest() >= 1, "window: kernel %s; it must be at least 1 along every axis", kernel);
        var span = Windows.span(kernel, dilation);
        for (var i = 0; i < kernel.rank(); i++) {
            var most = Math.max(padBegin.at(i), padEnd.at(i));
            Checks.require(2 * most <= span.at(i), "window: padding %d is more than half of kernel %d%s along axis %d; give at most %d, "
                    + "or pad the tensor itself", most, kernel.at(i), dilation.at(i) == 1 ? "" : " with dilation " + dilation.at(i), i,
                    span.at(i) / 2);
            Checks.require(rounding != Rounding.SAME || most == 0,
                    "window: padding %d with rounding SAME, which chooses the padding; give 0",
                    most);
        }
    }

    /** Windows of this extent side by side: the stride is the kernel. */
    public static Window of(int... kernel) {
        var k = Extents.of(kernel);
        var zero = Extents.all(k.rank(), 0);
        return new Window(k, k, zero, zero, Extents.all(k.rank(), 1), Rounding.FLOOR);
    }

    /** One number for all axes, or one for each. */
    public Window stride(int... extents) {
        return new Window(kernel, Extents.spread(rank(), extents), padBegin, padEnd, dilation, rounding);
    }

    /** The same padding before and behind; one number for all axes, or one for each. */
    public Window padding(int... extents) {
        var both = Extents.spread(rank(), extents);
        return padding(both, both);
    }

    public Window padding(Extents begin, Extents end) {
        return new Window(kernel, stride, begin, end, dilation, rounding);
    }

    /** How far apart the elements of a window are; one number for all axes, or one for each. */
    public Window dilation(int... extents) {
        return new Window(kernel, stride, padBegin, padEnd, Extents.spread(rank(), extents), rounding);
    }

    public Window rounding(Rounding rule) {
        return new Window(kernel, stride, padBegin, padEnd, dilation, rule);
    }

    /** Spatial axes: 1, 2 or 3. */
    public int rank() {
        return kernel.rank();
    }

    /** The shape behind an op that pools x with this window, or an exception that says which axis it does not fit. */
    Shape over(String op, Shape x) {
        Checks.spatial(op, x, rank());
        var y = x;
        for (var i = 0; i < rank(); i++) {
            y = y.with(i + 2, places(op, x, i));
        }
        return y;
    }

    /** This window with the paddings that its rounding asks for over an input of this shape. */
    public Window fitted(Shape x) {
        if (rounding != Rounding.SAME) {
            return this;
        }
        var paddings = Windows.paddings("window", ConvChecks.spatial(x), kernel, stride, padBegin, padEnd, dilation, rounding);
        return new Window(kernel, stride, paddings[0], paddings[1], dilation, Rounding.FLOOR);
    }

    private long places(String op, Shape x, int axis) {
        var in = x.dim(axis + 2);
        var s = stride.at(axis);
        var begin = padBegin.at(axis);
        if (rounding == Rounding.SAME) {
            return Math.ceilDiv(in, (long) s);
        }
        var span = dilation.at(axis) * (kernel.at(axis) - 1L) + 1;
        var room = in + begin + padEnd.at(axis) - span;
        Checks.require(rounding != Rounding.EXACT || room % s == 0,
                "%s: %s input, window %s: along axis %d (%d + %d + %d - %d) / %d + 1 = %.2f is not whole", op, x, this, axis + 2, in, begin,
                padEnd.at(axis), span, s, (double) room / s + 1);
        var n = Math.floorDiv(rounding == Rounding.CEIL ? room + s - 1 : room, (long) s) + 1;
        if (rounding == Rounding.CEIL && (n - 1) * s >= in + begin) {
            n--;
        }
        Checks.require(n >= 1, "%s: window %s spans %d positions, axis %d of %s has %d with padding %d and %d; use a smaller window or a "
                + "larger input", op, this, span, axis + 2, x, in, begin, padEnd.at(axis));
        for (var o = 0L; dilation.at(axis) > 1 && o < n; o++) {
            var first = o * s - begin;
            var inside = first < 0 ? Math.ceilDiv(-first, (long) dilation.at(axis)) : 0;
            Checks.require(inside < kernel.at(axis) && first + inside * dilation.at(axis) < in,
                    "%s: window %s at place %d reads only padding along axis %d of %s; use less padding or dilation", op, this, o, axis + 2,
                    x);
        }
        return n;
    }

    /** For example {@code 3x3 stride 2x2 padding 1x1}. */
    @Override
    public String toString() {
        var text = new StringBuilder(kernel.toString());
        if (!stride.equals(kernel)) {
            text.append(" stride ").append(stride);
        }
        if (!padBegin.equals(Extents.all(rank(), 0)) || !padEnd.equals(padBegin)) {
            text.append(" padding ").append(padBegin).append(padEnd.equals(padBegin) ? "" : " and " + padEnd);
        }
        if (!dilation.equals(Extents.all(rank(), 1))) {
            text.append(" dilation ").append(dilation);
        }
        return text.append(rounding == Rounding.FLOOR ? "" : " rounding " + rounding).toString();
    }
}
