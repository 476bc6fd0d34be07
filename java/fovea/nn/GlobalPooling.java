package fovea.nn;

import fovea.Shape;
import fovea.op.AdaptiveAvgPool;
import fovea.op.AdaptiveMaxPool;
import fovea.op.Op;

/** One number of each channel over all its positions: {@code [c, h, w]} becomes {@code [c, 1, 1]}. */
public record GlobalPooling(Pooling.Kind kind) implements Layer {
    public GlobalPooling {
        if (kind != Pooling.Kind.AVERAGE && kind != Pooling.Kind.MAX) {
            throw new IllegalArgumentException("global pooling takes means or maxima; give AVERAGE or MAX");
        }
    }

    private String name() {
        return kind == Pooling.Kind.MAX ? "globalMaxPool" : "globalAvgPool";
    }

    private Op op(Shape in) {
        return kind == Pooling.Kind.MAX ? AdaptiveMaxPool.global(in.rank() - 1) : AdaptiveAvgPool.global(in.rank() - 1);
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial(name(), in, Math.clamp(in.rank() - 1, 1, 3));
        return Shapes.through(op(in), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new OpBlock(op(in));
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return name();
    }
}
