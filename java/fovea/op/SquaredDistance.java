package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * Squared distances between samples x {@code [n, k]} and prototypes w {@code [m, k]}:
 * {@code y[i, j] = sum over t of (x[i, t] - w[j, t])^2}, {@code [n, m]}. LeNet-5's output layer, where the prototypes are fixed bitmaps
 * of the classes; gradients flow to both.
 */
public record SquaredDistance() implements Op {
    public static final SquaredDistance SQUARED_DISTANCE = new SquaredDistance();

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("squaredDistance", inputs, 2);
        var x = Checks.f32("squaredDistance", "x", inputs.get(0));
        var w = Checks.f32("squaredDistance", "w", inputs.get(1));
        Checks.require(x.rank() == 2 && w.rank() == 2 && x.dim(1) == w.dim(1),
                "squaredDistance: x is %s and w is %s; they must be [n, k] and [m, k]", x, w);
        return List.of(Spec.f32(Shape.of(x.dim(0), w.dim(0))));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 0 | INPUT << 1;
    }
}
