package fovea.op;

/** The arithmetic of windows that move over an input: how many places they have, and what to say where there is none. */
final class Windows {
    private Windows() {
    }

    /** Positions between the first and the last element of a window, both included. */
    static Extents span(Extents kernel, Extents dilation) {
        return kernel.with(dilation, (k, d) -> d * (k - 1) + 1);
    }

    /** Checks what does not depend on the input. */
    static void check(String op, Extents stride, Extents padBegin, Extents padEnd, Extents dilation) {
        var rank = stride.rank();
        Checks.require(padBegin.rank() == rank && padEnd.rank() == rank && dilation.rank() == rank,
                "%s: stride %s, padding %s and %s and dilation %s must have the same number of axes", op, stride, padBegin, padEnd,
                dilation);
        Checks.require(stride.smallest() >= 1, "%s: stride %s; it must be at least 1 along every axis", op, stride);
        Checks.require(dilation.smallest() >= 1, "%s: dilation %s; it must be at least 1 along every axis (1: no gaps)", op, dilation);
        Checks.require(padBegin.smallest() >= 0 && padEnd.smallest() >= 0, "%s: padding %s and %s; it must not be negative", op, padBegin,
                padEnd);
    }

    static Extents places(String op, Extents in, Extents kernel, Extents stride, Extents padBegin, Extents padEnd, Extents dilation,
            Rounding rounding) {
        Checks.require(in.rank() == kernel.rank() && in.rank() == stride.rank(),
                "%s: input %s, filter %s and stride %s must have the same number of axes", op, in, kernel, stride);
        check(op, stride, padBegin, padEnd, dilation);
        Checks.require(kernel.smallest() >= 1, "%s: the filter is %s; it must be at least 1 along every axis", op, kernel);
        var places = new int[in.rank()];
        for (var i = 0; i < places.length; i++) {
            places[i] = places(op, in, kernel, stride, padBegin, padEnd, dilation, rounding, i);
        }
        return Extents.of(places);
    }

    private static int places(String op, Extents in, Extents kernel, Extents stride, Extents padBegin, Extents padEnd, Extents dilation,
            Rounding rounding, int axis) {
        var s = stride.at(axis);
        if (rounding == Rounding.SAME) {
            return Math.ceilDiv(in.at(axis), s);
        }
        var span = dilation.at(axis) * (kernel.at(axis) - 1L) + 1;
        var room = (long) in.at(axis) + padBegin.at(axis) + padEnd.at(axis) - span;
        Checks.require(room >= 0, "%s: the filter does not fit: %s input, %s filter%s: it spans %d positions of %s; %s", op, in, kernel,
                settings(stride, padBegin, padEnd, dilation), span, padded(in, padBegin, padEnd, axis),
                "use a smaller filter or dilation, or more padding");
        Checks.require(rounding != Rounding.EXACT || room % s == 0,
                "%s: %s input, %s filter, stride %s%s: (%s - %d) / %d + 1 = %.2f is not whole", op, in, kernel,
                stride.isUniform() ? String.valueOf(s) : stride.toString(), settings(Extents.all(in.rank(), 1), padBegin, padEnd, dilation),
                padded(in, padBegin, padEnd, axis), span, s, (double) room / s + 1);
        return Math.toIntExact((rounding == Rounding.CEIL ? Math.ceilDiv(room, s) : room / s) + 1);
    }

    /** For example {@code 7 + 1 + 1}. */
    private static String padded(Extents in, Extents padBegin, Extents padEnd, int axis) {
        var begin = padBegin.at(axis);
        var end = padEnd.at(axis);
        return begin + end == 0 ? String.valueOf(in.at(axis)) : "%d + %d + %d".formatted(in.at(axis), begin, end);
    }

    /** What differs from the ordinary, for messages. */
    private static String settings(Extents stride, Extents padBegin, Extents padEnd, Extents dilation) {
        var rank = stride.rank();
        var text = new StringBuilder();
        if (!stride.equals(Extents.all(rank, 1))) {
            text.append(", stride ").append(stride);
        }
        if (!padBegin.equals(Extents.all(rank, 0)) || !padEnd.equals(padBegin)) {
            text.append(", padding ").append(padBegin).append(padEnd.equals(padBegin) ? "" : " and " + padEnd);
        }
        if (!dilation.equals(Extents.all(rank, 1))) {
            text.append(", dilation ").append(dilation);
        }
        return text.toString();
    }

    /** The paddings with which rounding down gives the places that another rounding asks for: begin, end. */
    static Extents[] paddings(String op, Extents in, Extents kernel, Extents stride, Extents padBegin, Extents padEnd, Extents dilation,
            Rounding rounding) {
        var places = places(op, in, kernel, stride, padBegin, padEnd, dilation, rounding);
        if (rounding == Rounding.FLOOR || rounding == Rounding.EXACT) {
            return new Extents[] {padBegin, padEnd};
        }
        var begin = new int[in.rank()];
        var end = new int[in.rank()];
        for (var i = 0; i < begin.length; i++) {
            var covered = (places.at(i) - 1) * stride.at(i) + dilation.at(i) * (kernel.at(i) - 1) + 1;
            if (rounding == Rounding.SAME) {
                var total = Math.max(0, covered - in.at(i));
                begin[i] = total / 2;
                end[i] = total - begin[i];
            } else {
                begin[i] = padBegin.at(i);
                end[i] = Math.max(padEnd.at(i), covered - in.at(i) - begin[i]);
            }
        }
        return new Extents[] {Extents.of(begin), Extents.of(end)};
    }
}
