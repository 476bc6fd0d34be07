package fovea.op;

import fovea.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Local response normalisation within channels; x [n, c, 1 to 3 spatial axes]: {@code y = x / (k + alpha / size^axes * s)^beta}, s being
 * the sum of x squared over a window of {@code size} along every axis, from {@code -size / 2} on. Outside of x it is 0.
 */
public record LocalResponseNormWithin(int size, float alpha, float beta, float k) implements Op {
    public LocalResponseNormWithin {
        LocalResponseNorm.check("localResponseNormWithin", size, alpha, beta, k);
    }

    /** The windows over an input of this shape. */
    public Window window(Shape x) {
        var axes = x.rank() - 2;
        var kernel = new int[axes];
        Arrays.fill(kernel, size);
        var before = size / 2;
        return Window.of(kernel).stride(1).padding(Extents.all(axes, before), Extents.all(axes, size - 1 - before));
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("localResponseNormWithin", inputs, 1);
        var x = Checks.f32("localResponseNormWithin", "x", inputs.getFirst());
        Checks.require(x.rank() >= 3 && x.rank() <= 5, "localResponseNormWithin: x is %s; it must be [n, c] and 1 to 3 spatial axes", x);
        return List.of(Spec.f32(x));
    }

    @Override
    public int savedForBackward() {
        return INPUT;
    }
}
