package fovea.nn;

import fovea.Parameter;
import fovea.Shape;
import fovea.Tensor;
import fovea.op.GroupNorm;
import fovea.op.InstanceNorm;
import fovea.op.LayerNorm;
import fovea.op.Op;

/**
 * Normalization of every sample by itself, the same in TRAIN and EVAL: {@code groupNorm(groups)}, {@code instanceNorm()} and
 * {@code layerNorm(axes)} make one. Parameters {@code weight} and {@code bias}: for each channel, or for each place of the last axes.
 *
 * @param number of groups of channels, or of last axes
 */
public record SampleNorm(Kind kind, int number, float epsilon, boolean affine) implements Layer {
    /** What is normalized together. */
    public enum Kind {
        /** A group of channels. */
        GROUP,
        /** Each channel. */
        INSTANCE,
        /** The last axes, for each index of those before. */
        LAYER
    }

    public SampleNorm epsilon(float addend) {
        return new SampleNorm(kind, number, addend, affine);
    }

    public SampleNorm affine(boolean on) {
        return new SampleNorm(kind, number, epsilon, on);
    }

    private Op op(boolean withWeights) {
        return switch (kind) {
            case GROUP -> new GroupNorm(number, epsilon, withWeights);
            case INSTANCE -> new InstanceNorm(epsilon, withWeights);
            case LAYER -> new LayerNorm(number, epsilon, withWeights);
        };
    }

    private Shape weights(Shape in) {
        return kind == Kind.LAYER ? in.slice(in.rank() - number, in.rank()) : Shape.of(in.dim(0));
    }

    @Override
    public Shape outputShape(Shape in) {
        if (kind == Kind.LAYER && number > in.rank()) {
            throw new IllegalArgumentException("layerNorm over the last %d axes got samples of %s; give at most %d".formatted(
                    number, in, in.rank()));
        }
        return Shapes.through(op(false), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        if (!affine) {
            return new OpBlock(op(false));
        }
        return new Built(op(true), scope.parameter("weight", weights(in), Init.constant(1)),
                scope.parameter("bias", weights(in), Init.constant(0)));
    }

    private record Built(Op op, Parameter gamma, Parameter beta) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            return x.step().apply(op, x, gamma, beta);
        }
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return switch (kind) {
            case GROUP -> "groupNorm " + number;
            case INSTANCE -> "instanceNorm";
            case LAYER -> "layerNorm over " + number + (number == 1 ? " axis" : " axes");
        } + (affine ? "" : ", not affine");
    }
}
