package fovea.op;

import java.util.List;

/** Elements moved along axes; what leaves at one end comes back at the other: [1, 2, 3] shifted by 1 is [3, 1, 2]. */
public record Roll(List<Shift> shifts) implements Op {
    /** By how many places along which axis; negative axes count from the end, negative places go towards the front. */
    public record Shift(int axis, long places) {
    }

    public Roll {
        shifts = List.copyOf(shifts);
    }

    public Roll(Shift... shifts) {
        this(List.of(shifts));
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("roll", inputs, 1);
        var x = inputs.getFirst();
        var seen = 0;
        for (var shift : shifts) {
            var axis = Checks.axis("roll", shift.axis(), x.shape());
            Checks.require((seen >> axis & 1) == 0, "roll: axis %d is named twice in %s", axis, shifts);
            seen |= 1 << axis;
        }
        return List.of(x);
    }
}
