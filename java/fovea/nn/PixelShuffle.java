package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Permute;
import fovea.op.Reshape;

/**
 * Squares of r x r pixels out of r * r channels (Shi et al. 2016), or channels out of squares; {@code pixelShuffle(r)} and
 * {@code pixelUnshuffle(r)} make one.
 *
 * @param back from squares to channels
 */
public record PixelShuffle(int r, boolean back) implements Layer {
    public PixelShuffle {
        if (r < 1) {
            throw new IllegalArgumentException("pixelShuffle: r is %d; it must be at least 1".formatted(r));
        }
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial(name(), in, 2);
        if (back ? in.dim(1) % r != 0 || in.dim(2) % r != 0 : in.dim(0) % (r * r) != 0) {
            throw new IllegalArgumentException("%s: samples of %s; %s must be multiples of %d".formatted(name(), in,
                    back ? "height and width" : "the channels", back ? r : r * r));
        }
        return back ? Shape.of(in.dim(0) * r * r, in.dim(1) / r, in.dim(2) / r) : Shape.of(in.dim(0) / r / r, in.dim(1) * r, in.dim(2) * r);
    }

    private String name() {
        return back ? "pixelUnshuffle" : "pixelShuffle";
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        return new Built(this);
    }

    /** Keeps the ops of the last shape, so that a replayed step makes nothing new. */
    private static final class Built implements Block {
        private final PixelShuffle layer;
        private final Permute permute;
        private Shape shape;
        private Reshape apart;
        private Reshape together;

        Built(PixelShuffle layer) {
            this.layer = layer;
            permute = layer.back ? Permute.of(0, 1, 3, 5, 2, 4) : Permute.of(0, 1, 4, 2, 5, 3);
        }

        @Override
        public Tensor forward(Tensor x) {
            if (!x.shape().equals(shape)) {
                shape = x.shape();
                var n = shape.dim(0);
                var c = shape.dim(1);
                var h = shape.dim(2);
                var w = shape.dim(3);
                var r = layer.r;
                apart = new Reshape(layer.back ? Shape.of(n, c, h / r, r, w / r, r) : Shape.of(n, c / r / r, r, r, h, w));
                together = new Reshape(Shape.of(n).concat(layer.outputShape(shape.slice(1, 4))));
            }
            var step = x.step();
            return step.apply(together, step.apply(permute, step.apply(apart, x)));
        }
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return name() + " " + r;
    }
}
