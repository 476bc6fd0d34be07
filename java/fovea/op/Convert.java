package fovea.op;

import fovea.ElementType;
import java.util.List;

/**
 * The same numbers in another element type. To BF16 the nearest is taken, ties to even; to I32 and U8 the fraction is dropped and what is
 * too large becomes the largest. Gradients, which are always F32, pass between F32 and BF16 as they are and end at integers.
 */
public record Convert(ElementType type) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("to", inputs, 1);
        return List.of(new Spec(inputs.getFirst().shape(), type));
    }
}
