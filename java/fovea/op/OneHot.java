package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * Class ids as vectors: a new axis of {@code classes} elements, {@code on} at the id and {@code off} elsewhere. The axis is counted in
 * the result; -1 is the last. Negative ids count from the end; one outside is refused, with its position, when the op runs.
 */
public record OneHot(long classes, int axis, float on, float off) implements Op {
    public OneHot {
        Checks.require(classes >= 1, "oneHot: %d classes; give at least 1", classes);
    }

    /** 1 and 0 along a new last axis. */
    public OneHot(long classes) {
        this(classes, -1, 1, 0);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("oneHot", inputs, 1);
        var ids = Checks.i32("oneHot", "ids", inputs.getFirst());
        Checks.require(ids.rank() < Shape.MAX_RANK, "oneHot: %s has no room for one more axis; at most %d are possible", ids,
                Shape.MAX_RANK);
        var place = place(ids);
        return List.of(Spec.f32(ids.slice(0, place).concat(Shape.of(classes)).concat(ids.slice(place, ids.rank()))));
    }

    /** Where the new axis is, counted from 0. */
    public int place(Shape ids) {
        Checks.require(axis >= -ids.rank() - 1 && axis <= ids.rank(), "oneHot: %s has no place %d for an axis; give %d to %d", ids, axis,
                -ids.rank() - 1, ids.rank());
        return axis < 0 ? axis + ids.rank() + 1 : axis;
    }
}
