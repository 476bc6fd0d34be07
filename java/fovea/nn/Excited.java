package fovea.nn;

import fovea.Shape;

/**
 * Any block, whose channels are weighted by squeeze and excitation before they go on; {@code excited(block, 16)} makes one. Parameters
 * of the block keep their names, those of the excitation are called {@code se.fc1} and {@code se.fc2}.
 *
 * <pre>{@code
 * residual(excited(sequential(conv2d(64, 3).padding(1), batchNorm()), 16)).activation(relu())       // a block of SE-ResNet
 * }</pre>
 *
 * @param reduction the excitation has this many times fewer hidden units than there are channels
 */
public record Excited(Layer block, int reduction) implements Layer {
    public Excited {
        if (reduction < 1) {
            throw new IllegalArgumentException("excited: reduction %d; it must be at least 1".formatted(reduction));
        }
    }

    private Sequential parts(Shape in) {
        var hidden = Math.max(1, Shapes.channels(block.outputShape(in)) / reduction);
        return Layers.sequential(Layers.named("", block), Layers.named("se", Layers.squeezeExcitation(hidden)));
    }

    @Override
    public Shape outputShape(Shape in) {
        return parts(in).outputShape(in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return parts(in).build(scope, in);
    }

    @Override
    public boolean holdsNothing() {
        return block.holdsNothing();
    }

    @Override
    public String label() {
        return "excited";
    }
}
