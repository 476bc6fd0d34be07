package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * More elements around x.
 *
 * <p>What [1, 2, 3] becomes with a margin of 2 before and 1 after:
 * <ul>
 * <li>{@code CONSTANT}: [v, v, 1, 2, 3, v]
 * <li>{@code REFLECT}: [3, 2, 1, 2, 3, 2], the edge itself is not repeated
 * <li>{@code REPLICATE}: [1, 1, 1, 2, 3, 3]
 * <li>{@code CIRCULAR}: [2, 3, 1, 2, 3, 1]
 * </ul>
 *
 * @param value of {@code CONSTANT}
 */
public record Pad(Mode mode, List<Margin> margins, float value) implements Op {
    /** Where the new elements come from. */
    public enum Mode {
        CONSTANT, REFLECT, REPLICATE, CIRCULAR
    }

    /** How many elements come before and after those of an axis; a negative axis counts from the end. */
    public record Margin(int axis, long before, long after) {
        public Margin {
            Checks.require(before >= 0 && after >= 0, "pad: axis %d has margins %d and %d; they cannot be negative, use slice to crop",
                    axis,
                    before, after);
        }
    }

    public Pad {
        margins = List.copyOf(margins);
        Checks.require(mode == Mode.CONSTANT || value == 0, "pad: value %s has no meaning in mode %s; give 0", value, mode);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("pad", inputs, 1);
        var x = Checks.f32("pad", "x", inputs.getFirst());
        var y = x;
        var seen = 0;
        for (var margin : margins) {
            var axis = Checks.axis("pad", margin.axis(), x);
            Checks.require((seen >> axis & 1) == 0, "pad: axis %d is named twice in %s", axis, margins);
            seen |= 1 << axis;
            check(x, axis, margin);
            y = y.with(axis, margin.before() + x.dim(axis) + margin.after());
        }
        return List.of(Spec.f32(y));
    }

    private void check(Shape x, int axis, Margin margin) {
        var n = x.dim(axis);
        var most = switch (mode) {
            case CONSTANT, REPLICATE -> Long.MAX_VALUE;
            case REFLECT -> n - 1;
            case CIRCULAR -> n;
        };
        Checks.require(margin.before() <= most && margin.after() <= most,
                "pad: margins %d and %d of axis %d are too large for mode %s; %s has %d elements there, so at most %d are possible",
                margin.before(), margin.after(), axis, mode, x, n, most);
    }

    /** The position in x that position {@code o} of a padded axis of n elements comes from, or -1 for the constant. */
    public long source(long o, long n, Margin margin) {
        var i = o - margin.before();
        if (i >= 0 && i < n) {
            return i;
        }
        return switch (mode) {
            case CONSTANT -> -1;
            case REFLECT -> i < 0 ? -i : 2 * (n - 1) - i;
            case REPLICATE -> i < 0 ? 0 : n - 1;
            case CIRCULAR -> i < 0 ? i + n : i - n;
        };
    }
}
