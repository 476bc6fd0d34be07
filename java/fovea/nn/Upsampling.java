package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Interpolation;
import fovea.op.Resize;
import java.util.ArrayList;
import java.util.Arrays;

/**
 * Every spatial axis longer by a whole factor; {@code upsample(2)} makes one.
 *
 * @param alignCorners the outermost elements stay where they are; else the middles of elements are half a pixel in
 */
public record Upsampling(int factor, Interpolation interpolation, boolean alignCorners) implements Layer {
    public Upsampling {
        if (factor < 1) {
            throw new IllegalArgumentException("upsample: the factor is %d; it must be at least 1".formatted(factor));
        }
    }

    /** Another interpolation, for example {@code Interpolation.LINEAR}. */
    public Upsampling interpolation(Interpolation way) {
        return new Upsampling(factor, way, alignCorners);
    }

    public Upsampling alignCorners(boolean yes) {
        return new Upsampling(factor, interpolation, yes);
    }

    private Resize.Grid grid() {
        return alignCorners ? Resize.Grid.ALIGN_CORNERS
                : interpolation instanceof Interpolation.Nearest ? Resize.Grid.ASYMMETRIC : Resize.Grid.HALF_PIXEL;
    }

    private Resize op(Shape batch) {
        var axes = new ArrayList<Resize.Axis>();
        for (var i = 2; i < batch.rank(); i++) {
            axes.add(new Resize.Axis(i, factor * batch.dim(i)));
        }
        return new Resize(interpolation, grid(), axes);
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial("upsample", in, Math.clamp(in.rank() - 1, 1, 3));
        return Shapes.through(op(Shapes.batch(in)), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new Built(this);
    }

    /** Keeps the op of the last size, so that a replayed step makes nothing new. */
    private static final class Built implements Block {
        private final Upsampling layer;
        private long[] size = {};
        private Resize op;

        Built(Upsampling layer) {
            this.layer = layer;
        }

        @Override
        public Tensor forward(Tensor x) {
            if (op == null || !isOf(x.shape())) {
                size = x.shape().slice(2, x.shape().rank()).toArray();
                op = layer.op(x.shape());
            }
            return x.step().apply(op, x);
        }

        private boolean isOf(Shape shape) {
            for (var i = 0; i < size.length; i++) {
                if (shape.rank() != size.length + 2 || shape.dim(i + 2) != size[i]) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String toString() {
            return layer + Arrays.toString(size);
        }
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "upsample " + factor + switch (interpolation) {
            case Interpolation.Nearest _ -> "";
            case Interpolation.Linear _ -> ", linear";
            case Interpolation.Cubic _ -> ", cubic";
        };
    }
}
