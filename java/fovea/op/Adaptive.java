package fovea.op;

import fovea.Shape;

/** What the adaptive poolings share: output o of an axis takes the input from floor(o * in / out) up to ceil((o + 1) * in / out). */
final class Adaptive {
    private Adaptive() {
    }

    static void check(String op, Extents size) {
        Checks.require(size.smallest() >= 1, "%s: size %s; it must be at least 1 along every axis", op, size);
    }

    static Shape over(String op, Shape x, Extents size) {
        Checks.spatial(op, x, size.rank());
        var y = x;
        for (var i = 0; i < size.rank(); i++) {
            y = y.with(i + 2, size.at(i));
        }
        return y;
    }
}
