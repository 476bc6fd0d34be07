package fovea.nn;

import fovea.Mode;
import fovea.Shape;
import fovea.op.RandomRelu;
import fovea.op.Unary;

/** RReLU: below 0 {@code slope x}; in TRAIN steps every element has a random slope, in EVAL steps the mean of them. */
public record RandomSlope(float low, float high) implements Layer {
    public RandomSlope {
        // The op says what is wrong.
        var _ = new RandomRelu(low, high);
    }

    @Override
    public Shape outputShape(Shape in) {
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var train = new RandomRelu(low, high);
        var eval = Unary.leakyRelu((low + high) / 2);
        return x -> x.step().apply(x.step().mode() == Mode.TRAIN ? train : eval, x);
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "randomRelu " + low + " to " + high;
    }
}
