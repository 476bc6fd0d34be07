package fovea.op;

import fovea.ElementType;
import java.util.List;

/**
 * Maxima over as many windows as asked for, whatever the input's size; [n, c, spatial...] -> [n, c, size...].
 *
 * @param size outputs per spatial axis; all 1 is global pooling
 * @param indices a second output as in {@link MaxPool}
 */
public record AdaptiveMaxPool(Extents size, boolean indices) implements Op {
    public AdaptiveMaxPool {
        Adaptive.check("adaptiveMaxPool", size);
    }

    /** The largest element of each plane of x [n, c and this many axes]. */
    public static AdaptiveMaxPool global(int axes) {
        return new AdaptiveMaxPool(Extents.all(axes, 1), false);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("adaptiveMaxPool", inputs, 1);
        var y = Adaptive.over("adaptiveMaxPool", Checks.f32("adaptiveMaxPool", "x", inputs.getFirst()), size);
        return indices ? List.of(Spec.f32(y), new Spec(y, ElementType.I32)) : List.of(Spec.f32(y));
    }
}
