package fovea.op;

import fovea.Shape;
import java.util.List;

/** The same elements in the same order under another shape; no copy where the input is in the plain layout. */
public record Reshape(Shape shape) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("reshape", inputs, 1);
        var x = inputs.getFirst();
        Checks.require(x.shape().elements() == shape.elements(), "reshape: %s has %d elements and %s has %d; the number must stay",
                x.shape(), x.shape().elements(), shape, shape.elements());
        return List.of(new Spec(shape, x.type()));
    }
}
