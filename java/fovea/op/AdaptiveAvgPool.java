package fovea.op;

import java.util.List;

/**
 * Means over as many windows as asked for, whatever the input's size; [n, c, spatial...] -> [n, c, size...].
 *
 * @param size outputs per spatial axis; all 1 is global pooling
 */
public record AdaptiveAvgPool(Extents size) implements Op {
    public AdaptiveAvgPool {
        Adaptive.check("adaptiveAvgPool", size);
    }

    /** The mean of each plane of x [n, c and this many axes]. */
    public static AdaptiveAvgPool global(int axes) {
        return new AdaptiveAvgPool(Extents.all(axes, 1));
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("adaptiveAvgPool", inputs, 1);
        return List.of(Spec.f32(Adaptive.over("adaptiveAvgPool", Checks.f32("adaptiveAvgPool", "x", inputs.getFirst()), size)));
    }
}
