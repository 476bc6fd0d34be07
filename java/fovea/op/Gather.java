package fovea.op;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;

/**
 * The places of an axis that an I32 tensor names, in its order: [5, 4] gathered along axis 0 with indices [2, 3] is [2, 3, 4]. Negative
 * indices count from the end; one outside is refused, with its position, when the op runs. The gradient adds up where a place is named
 * several times.
 */
public record Gather(int axis) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("gather", inputs, 2);
        var x = inputs.getFirst();
        var along = Checks.axis("gather", axis, x.shape());
        var index = Checks.i32("gather", "index", inputs.get(1));
        Checks.require(x.shape().rank() + index.rank() - 1 <= Shape.MAX_RANK, "gather: %s with indices %s has more than %d axes", x.shape(),
                index, Shape.MAX_RANK);
        var y = x.shape().slice(0, along).concat(index).concat(x.shape().slice(along + 1, x.shape().rank()));
        return List.of(new Spec(y, x.type()));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 1;
    }
}
