package fovea.nn;

import fovea.Mode;
import fovea.Shape;
import fovea.op.Dropout;

/**
 * Sets parts of its input to 0 at random in TRAIN steps and gives it unchanged in EVAL steps; {@code dropout(p)},
 * {@code channelDropout(p)} and {@code stochasticDepth(p)} make one. What stays is scaled so that the mean stays.
 *
 * @param p probability of being dropped
 * @param per what is dropped as a whole
 */
public record Dropping(float p, Dropout.Per per) implements Layer {
    public Dropping {
        // The op says what is wrong.
        var _ = new Dropout(p, per);
    }

    @Override
    public Shape outputShape(Shape in) {
        return Shapes.through(new Dropout(p, per), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var op = new Dropout(p, per);
        return x -> p > 0 && x.step().mode() == Mode.TRAIN ? x.step().apply(op, x) : x;
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return switch (per) {
            case ELEMENT -> "dropout ";
            case CHANNEL -> "channelDropout ";
            case SAMPLE -> "stochasticDepth ";
        } + p;
    }
}
