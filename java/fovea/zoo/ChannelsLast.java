package fovea.zoo;

import fovea.Shape;
import fovea.Tensor;
import fovea.nn.Block;
import fovea.nn.Layer;
import fovea.nn.Scope;
import fovea.op.Permute;
import fovea.op.Reshape;

/**
 * A body that sees an image as rows of channels, one row for each place: a dense layer in it mixes the channels of a place, and a layer
 * norm over one axis normalizes them. [c, h, w] -> [h w, c] -> the body -> [h w, d] -> [d, h, w].
 */
record ChannelsLast(Layer body) implements Layer {
    private static final Permute SWAP = Permute.of(0, 2, 1);

    private static Shape rows(Shape in) {
        if (in.rank() != 3) {
            throw new IllegalArgumentException("channels last: samples must be [channels, height, width], got %s".formatted(in));
        }
        return Shape.of(in.dim(1) * in.dim(2), in.dim(0));
    }

    @Override
    public Shape outputShape(Shape in) {
        var rows = rows(in);
        var out = body.outputShape(rows);
        if (out.rank() != 2 || out.dim(0) != rows.dim(0)) {
            throw new IllegalArgumentException("channels last: the body makes %s of %s; there must be as many rows".formatted(out, rows));
        }
        return in.with(0, out.dim(1));
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new Built(scope.build("", body, rows(in)), outputShape(in).dim(0), holdsNothing());
    }

    @Override
    public boolean holdsNothing() {
        return body.holdsNothing();
    }

    @Override
    public String label() {
        return "channels last";
    }

    private static final class Built implements Block {
        private final Block body;
        private final long channels;
        private final boolean discards;
        /** For the last batch and size, so that a replayed step makes nothing new. */
        private Shape of = Shape.scalar();
        private Reshape flat;
        private Reshape spread;

        Built(Block body, long channels, boolean discards) {
            this.body = body;
            this.channels = channels;
            this.discards = discards;
        }

        @Override
        public Tensor forward(Tensor x) {
            var shape = x.shape();
            if (!of.equals(shape)) {
                of = shape;
                flat = new Reshape(Shape.of(shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3)));
                spread = new Reshape(shape.with(1, channels));
            }
            var step = x.step();
            var rows = step.apply(SWAP, step.apply(flat, x));
            var y = body.forward(rows);
            var result = step.apply(spread, step.apply(SWAP, y));
            if (discards) {
                step.discard(rows);
                if (y != rows) {
                    step.discard(y);
                }
            }
            return result;
        }
    }
}
