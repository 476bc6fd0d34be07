package fovea.nn;

import fovea.Parameter;
import fovea.Shape;
import fovea.Tensor;
import fovea.op.Binary;
import fovea.op.Reshape;
import java.util.Arrays;

/**
 * PReLU: x above 0, {@code slope x} below, with a learned slope; {@code prelu()} makes one. The parameter is {@code weight [1]}, or
 * {@code [channels]} with a slope for each channel. Weight decay would pull slopes towards ReLU; give them a group without it.
 */
public record LearnedSlope(boolean perChannel, Init init) implements Layer {
    /** A slope for each channel instead of one. */
    public LearnedSlope perChannel(boolean yes) {
        return new LearnedSlope(yes, init);
    }

    public LearnedSlope init(Init slopes) {
        return new LearnedSlope(perChannel, slopes);
    }

    @Override
    public Shape outputShape(Shape in) {
        if (perChannel && in.rank() < 1) {
            throw new IllegalArgumentException("prelu with a slope for each channel got samples of %s, which have none".formatted(in));
        }
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        var slopes = Shape.of(perChannel ? in.dim(0) : 1);
        var w = scope.parameter("weight", slopes, init);
        if (slopes.elements() == 1 || in.rank() == 1) {
            return x -> x.step().apply(Binary.PRELU, x, w);
        }
        var dims = new long[in.rank()];
        Arrays.fill(dims, 1);
        dims[0] = in.dim(0);
        return new PerChannel(w, new Reshape(Shape.of(dims)));
    }

    /** @param spread [c] as [c, 1, 1], so that it stretches over the places of a channel */
    private record PerChannel(Parameter w, Reshape spread) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            var step = x.step();
            return step.apply(Binary.PRELU, x, step.apply(spread, w));
        }
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "prelu" + (perChannel ? " per channel" : "");
    }
}
