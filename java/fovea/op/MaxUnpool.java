package fovea.op;

import fovea.ElementType;
import java.util.List;

/**
 * Puts every element of x [n, c, spatial...] where a maximum was found: {@code indices} are the second output of {@link MaxPool}, I32
 * of x's shape, and everything else of the result is 0. Where windows overlapped and two elements have one index, the last wins, and
 * both get its gradient.
 *
 * @param size spatial extents of the result: those of what was pooled
 */
public record MaxUnpool(Extents size) implements Op {
    public MaxUnpool {
        Adaptive.check("maxUnpool", size);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("maxUnpool", inputs, 2);
        var x = Checks.f32("maxUnpool", "x", inputs.getFirst());
        var indices = inputs.get(1);
        Checks.require(indices.type() == ElementType.I32, "maxUnpool: indices are %s; give the I32 output of a maxPool with indices",
                indices);
        Checks.require(indices.shape().equals(x), "maxUnpool: indices are %s and x is %s; there must be one for every element",
                indices.shape(), x);
        return List.of(Spec.f32(Adaptive.over("maxUnpool", x, size)));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 1;
    }
}
