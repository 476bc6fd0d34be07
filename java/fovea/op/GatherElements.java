package fovea.op;

import java.util.List;

/**
 * For every element of an I32 tensor, the element of x that it names along an axis: {@code y[i][j] = x[i][index[i][j]]} for axis 1.
 * The index has x's rank and is nowhere larger than x but along the axis. Negative indices count from the end; one outside is refused,
 * with its position, when the op runs.
 */
public record GatherElements(int axis) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("gatherElements", inputs, 2);
        var x = Checks.f32("gatherElements", "x", inputs.getFirst());
        var along = Checks.axis("gatherElements", axis, x);
        var index = Checks.i32("gatherElements", "index", inputs.get(1));
        var fits = index.rank() == x.rank();
        for (var i = 0; fits && i < x.rank(); i++) {
            fits = i == along || index.dim(i) <= x.dim(i);
        }
        Checks.require(fits, "gatherElements: index is %s and x is %s; it needs x's rank and at most x's extents, but for axis %d", index,
                x,
                along);
        return List.of(Spec.f32(index));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 1;
    }
}
