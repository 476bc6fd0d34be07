package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * LeNet-5's trainable sub-sampling: {@code y = coefficient[c] * sum of the window + bias[c]}; x [n, c, spatial...], coefficient and bias
 * [c] -> [n, c, windows...]. The squashing function behind it is an op of its own.
 */
public record SubSample(Window window) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = "subSample" + window.rank() + "d";
        Checks.inputs(name, inputs, 3);
        var x = Checks.f32(name, "x", inputs.getFirst());
        var y = window.over(name, x);
        for (var i = 1; i < 3; i++) {
            var what = i == 1 ? "coefficient" : "bias";
            var shape = Checks.f32(name, what, inputs.get(i));
            Checks.require(shape.equals(Shape.of(x.dim(1))), "%s: %s is %s; x %s has %d channels, so it must be [%d]", name, what, shape, x,
                    x.dim(1), x.dim(1));
        }
        return List.of(Spec.f32(y));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 1;
    }
}
