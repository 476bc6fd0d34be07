package fovea.op;

import fovea.Shape;
import java.util.List;

/** x repeated along its axes of extent 1, and along new axes in front, until it has the given shape. The gradient adds up the repetitions. */
public record Expand(Shape shape) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("expand", inputs, 1);
        var x = inputs.getFirst().shape();
        var front = shape.rank() - x.rank();
        var fits = front >= 0;
        for (var i = 0; fits && i < x.rank(); i++) {
            fits = x.dim(i) == 1 || x.dim(i) == shape.dim(front + i);
        }
        Checks.require(fits, "expand: %s cannot become %s; only axes of extent 1 and new ones in front can grow", x, shape);
        return List.of(new Spec(shape, inputs.getFirst().type()));
    }
}
