package fovea;

import fovea.op.Pad;
import fovea.op.Resize;
import fovea.op.Slice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the methods of {@link Shaping} work out from a shape before there is an op. */
final class Shapes {
    private Shapes() {
    }

    /** The shape with these extents, of which one may be -1: what the others leave of {@code x}. */
    static Shape fill(Shape x, long[] dims) {
        var open = -1;
        var known = 1L;
        for (var i = 0; i < dims.length; i++) {
            if (dims[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= dims[i];
            }
        }
        if (open < 0) {
            return Shape.of(dims);
        }
        if (known < 1 || x.elements() % known != 0) {
            throw new IllegalArgumentException("reshape: no extent in place of -1 makes %s of %s, which has %d elements".formatted(
                    Arrays.toString(dims), x, x.elements()));
        }
        var filled = dims.clone();
        filled[open] = x.elements() / known;
        return Shape.of(filled);
    }

    static Shape flattened(Shape x, int first, int last) {
        if (x.rank() < 2) {
            return x.rank() == 0 ? Shape.of(1) : x;
        }
        var from = x.axis(first);
        var to = x.axis(last);
        if (from > to) {
            throw new IllegalArgumentException("flatten: axis %d of %s comes after axis %d".formatted(first, x, last));
        }
        return x.slice(0, from).concat(Shape.of(x.slice(from, to + 1).elements())).concat(x.slice(to + 1, x.rank()));
    }

    static Shape squeezed(Shape x, int axis) {
        var i = x.axis(axis);
        if (x.dim(i) != 1) {
            throw new IllegalArgumentException(
                    "squeeze: axis %d of %s has %d elements; only an axis of 1 can go".formatted(axis, x, x.dim(i)));
        }
        return x.slice(0, i).concat(x.slice(i + 1, x.rank()));
    }

    static Shape unsqueezed(Shape x, int axis) {
        var i = axis < 0 ? axis + x.rank() + 1 : axis;
        if (i < 0 || i > x.rank()) {
            throw new IllegalArgumentException("unsqueeze: %s has no place %d for an axis; give %d to %d".formatted(
                    x, axis, -x.rank() - 1, x.rank()));
        }
        return x.slice(0, i).concat(Shape.of(1)).concat(x.slice(i, x.rank()));
    }

    static Slice.Range range(Shape x, int axis, long start, long end, long step) {
        var n = x.dim(axis);
        var first = start < 0 ? start + n : start;
        var behind = end < 0 ? end + n : end;
        if (step < 1 || first < 0 || behind > n || first >= behind) {
            throw new IllegalArgumentException(("slice: %d to %d with step %d is not a range of axis %d of %s, which has positions 0 to %d;"
                    + " flip goes backwards").formatted(start, end, step, axis, x, n - 1));
        }
        return new Slice.Range(axis, first, (behind - first + step - 1) / step, step);
    }

    static List<Pad.Margin> margins(Shape x, long[] pairs) {
        if (pairs.length % 2 != 0 || pairs.length / 2 > x.rank()) {
            throw new IllegalArgumentException("pad: %d margins for %s; give two for each of the last axes, at most %d".formatted(
                    pairs.length, x, 2 * x.rank()));
        }
        var margins = new ArrayList<Pad.Margin>();
        for (var i = 0; i < pairs.length; i += 2) {
            margins.add(new Pad.Margin(x.rank() - pairs.length / 2 + i / 2, pairs[i], pairs[i + 1]));
        }
        return margins;
    }

    /** The shape, if it is [n, c, h, w] with channels and pixels that fall into squares of r x r. */
    static Shape image(Shape x, String op, int channels, int pixels) {
        if (channels < 1 || pixels < 1 || x.rank() != 4 || x.dim(1) % ((long) channels * channels) != 0 || x.dim(2) % pixels != 0
                || x.dim(3) % pixels != 0) {
            throw new IllegalArgumentException("%s: %s does not fit factor %d; it needs [n, c, h, w] with %s".formatted(op, x,
                    channels == 1 ? pixels : channels, channels == 1 ? "h and w multiples of the factor" : "c a multiple of its square"));
        }
        return x;
    }

    static Shape expanded(Shape x, long[] dims) {
        var filled = dims.clone();
        var front = dims.length - x.rank();
        for (var i = Math.max(front, 0); i < dims.length; i++) {
            filled[i] = dims[i] == -1 ? x.dim(i - front) : dims[i];
        }
        return Shape.of(filled);
    }

    static List<Resize.Axis> extents(Shape x, long[] extents) {
        if (extents.length > x.rank()) {
            throw new IllegalArgumentException("resize: %d extents for %s; give one for each of the last axes, at most %d".formatted(
                    extents.length, x, x.rank()));
        }
        var axes = new ArrayList<Resize.Axis>();
        for (var i = 0; i < extents.length; i++) {
            axes.add(new Resize.Axis(x.rank() - extents.length + i, extents[i]));
        }
        return axes;
    }
}
