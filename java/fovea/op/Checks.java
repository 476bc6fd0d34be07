package fovea.op;

import fovea.ElementType;
import fovea.Shape;
import java.util.Arrays;
import java.util.List;

/** The refusals that ops have in common. Messages begin with the op's name; the tape puts the layer's path before it. */
final class Checks {
    private Checks() {
    }

    static void require(boolean condition, String pattern, Object... args) {
        if (!condition) {
            throw new IllegalArgumentException(pattern.formatted(args));
        }
    }

    static void inputs(String op, List<Spec> inputs, int expected) {
        require(inputs.size() == expected, "%s takes %d inputs, got %d: %s", op, expected, inputs.size(), inputs);
    }

    static Shape f32(String op, String name, Spec spec) {
        require(spec.type() == ElementType.F32, "%s: %s is %s; it must be F32 (convert it with to(ElementType.F32))", op, name, spec);
        return spec.shape();
    }

    /** The axis counted from 0. */
    static int axis(String op, int axis, Shape x) {
        require(axis >= -x.rank() && axis < x.rank(), "%s: axis %d does not exist in %s; give %d to %d", op, axis, x, -x.rank(),
                x.rank() - 1);
        return x.axis(axis);
    }

    /** x must be [n, c] and this many spatial axes. */
    static void spatial(String op, Shape x, int axes) {
        require(x.rank() == axes + 2, "%s: x is %s; it needs %d dimensions, [n, c%s] (reshape a single image to a batch of one)", op, x,
                axes + 2, axes == 1 ? ", w" : axes == 2 ? ", h, w" : ", d, h, w");
    }

    static Shape i32(String op, String name, Spec spec) {
        require(spec.type() == ElementType.I32, "%s: %s is %s; it must be I32 (convert it with to(ElementType.I32))", op, name, spec);
        return spec.shape();
    }

    /** The shape that all of these stretch to: aligned at their last axes, extents are equal or 1. */
    static Shape broadcast(String op, Shape... shapes) {
        var rank = 0;
        for (var shape : shapes) {
            rank = Math.max(rank, shape.rank());
        }
        var dims = new long[rank];
        Arrays.fill(dims, 1);
        for (var shape : shapes) {
            for (var axis = -shape.rank(); axis < 0; axis++) {
                var extent = shape.dim(axis);
                require(extent == 1 || dims[rank + axis] == 1 || dims[rank + axis] == extent,
                        "%s: %s do not fit each other at axis %d (counted from the end); extents must be equal or 1", op,
                        Arrays.toString(shapes), axis);
                dims[rank + axis] = Math.max(dims[rank + axis], extent);
            }
        }
        return Shape.of(dims);
    }
}
