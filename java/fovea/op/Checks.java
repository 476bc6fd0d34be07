package fovea.op;

import fovea.ElementType;
import fovea.Shape;
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
}
