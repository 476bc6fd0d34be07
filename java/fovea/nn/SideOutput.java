package fovea.nn;

import fovea.Mode;
import fovea.Shape;

/**
 * A branch whose result leaves the chain: {@code head(x)} can be read with {@link Model#output} after the forward pass, and x goes
 * on. GoogLeNet's auxiliary classifiers are side outputs of TRAIN steps.
 */
public record SideOutput(Layer head, boolean inEval) implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        try {
            head.outputShape(in);
        } catch (IllegalArgumentException e) {
            throw LayerException.within("", e);
        }
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var block = scope.build("", head, in);
        var outputs = scope.registry().outputs;
        var name = scope.path();
        return x -> {
            if (inEval || x.step().mode() == Mode.TRAIN) {
                outputs.put(name, block.forward(x));
            } else {
                outputs.remove(name);
            }
            return x;
        };
    }

    @Override
    public boolean holdsNothing() {
        return head.holdsNothing();
    }

    @Override
    public String label() {
        return "side output";
    }
}
