package fovea.zoo;

import fovea.Shape;
import fovea.Tensor;
import fovea.nn.Block;
import fovea.nn.Layer;
import fovea.nn.Scope;
import fovea.op.Pad;
import fovea.op.Slice;
import java.util.List;

/**
 * A shortcut without parameters to a block of more channels and fewer places: every so many-th place, and channels of zeros, half before
 * the given ones and half behind them. [c, h, w] -> [channels, ceil(h / stride), ceil(w / stride)].
 */
record PaddedShortcut(int channels, int stride) implements Layer {
    @Override
    public Shape outputShape(Shape in) {
        if (in.rank() != 3 || in.dim(0) > channels) {
            throw new IllegalArgumentException("a shortcut padded to %d channels needs samples of [at most %d, height, width], got %s"
                    .formatted(channels, channels, in));
        }
        return Shape.of(channels, strided(in.dim(1)), strided(in.dim(2)));
    }

    private long strided(long extent) {
        return (extent + stride - 1) / stride;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var missing = channels - in.dim(0);
        return new Built(new Pad(Pad.Mode.CONSTANT, List.of(new Pad.Margin(1, missing / 2, missing - missing / 2)), 0));
    }

    private final class Built implements Block {
        private final Pad pad;
        /** For the last height and width, so that a replayed step makes nothing new. */
        private Slice slice;
        private long height;
        private long width;

        Built(Pad pad) {
            this.pad = pad;
        }

        @Override
        public Tensor forward(Tensor x) {
            var h = x.shape().dim(2);
            var w = x.shape().dim(3);
            if (slice == null || h != height || w != width) {
                slice = new Slice(new Slice.Range(2, 0, strided(h), stride), new Slice.Range(3, 0, strided(w), stride));
                height = h;
                width = w;
            }
            var step = x.step();
            var few = step.apply(slice, x);
            var y = step.apply(pad, few);
            step.discard(few);
            return y;
        }
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "every %d. place, padded to %d channels".formatted(stride, channels);
    }
}
