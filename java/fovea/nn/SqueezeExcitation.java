package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Binary;

/**
 * Squeeze and excitation (Hu et al. 2018): the mean of every channel goes through two small dense layers (1x1 convolutions {@code fc1} and
 * {@code fc2}), and the channel is multiplied by what comes out, a number between 0 and 1.
 *
 * <pre>{@code
 * squeezeExcitation(16)                                                 // ReLU and sigmoid, as in the paper
 * squeezeExcitation(24).gate(hardSigmoid())                             // MobileNetV3
 * squeezeExcitation(4).activation(silu())                               // EfficientNet
 * }</pre>
 *
 * @param hidden units between the two, in the paper a 16th of the channels
 */
public record SqueezeExcitation(int hidden, Layer activation, Layer gate) implements Layer {
    public SqueezeExcitation {
        if (hidden < 1) {
            throw new IllegalArgumentException("squeezeExcitation: %d hidden units; there must be at least one".formatted(hidden));
        }
    }

    SqueezeExcitation(int hidden) {
        this(hidden, Layers.relu(), Layers.sigmoid());
    }

    /** What follows the first of the two layers. */
    public SqueezeExcitation activation(Layer layer) {
        return new SqueezeExcitation(hidden, layer, gate);
    }

    /** What follows the second. */
    public SqueezeExcitation gate(Layer layer) {
        return new SqueezeExcitation(hidden, activation, layer);
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial("squeezeExcitation", in, Math.clamp(in.rank() - 1, 1, 3));
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var axes = in.rank() - 1;
        var excitation = Layers.sequential(Layers.named("pool", Layers.globalAvgPool()),
                Layers.named("fc1", Convolution.of(hidden, axes, 1)), Layers.named("activation", activation),
                Layers.named("fc2", Convolution.of(Shapes.channels(in), axes, 1)), Layers.named("gate", gate));
        return new Built(scope.build("", excitation, in));
    }

    private record Built(Block excitation) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            var factor = excitation.forward(x);
            var y = x.step().apply(Binary.MULTIPLY, x, factor);
            Containers.discard(excitation, factor, x);
            return y;
        }
    }

    /** The multiplication of x itself. */
    @Override
    public long macs(Shape in) {
        return in.elements();
    }

    @Override
    public boolean holdsNothing() {
        return activation.holdsNothing() && gate.holdsNothing();
    }

    @Override
    public String label() {
        return "squeezeExcitation " + hidden;
    }
}
