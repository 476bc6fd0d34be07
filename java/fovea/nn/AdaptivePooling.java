package fovea.nn;

import fovea.Shape;
import fovea.op.AdaptiveAvgPool;
import fovea.op.AdaptiveMaxPool;
import fovea.op.Extents;
import fovea.op.Op;

/** Pooling to a given size, whatever the input's: {@code adaptiveAvgPool2d(7)} gives {@code [c, 7, 7]}. */
public record AdaptivePooling(Pooling.Kind kind, Extents size) implements Layer {
    public AdaptivePooling {
        if (kind != Pooling.Kind.AVERAGE && kind != Pooling.Kind.MAX) {
            throw new IllegalArgumentException("adaptive pooling takes means or maxima; give AVERAGE or MAX");
        }
    }

    private String name() {
        return "adaptive" + (kind == Pooling.Kind.MAX ? "Max" : "Avg") + "Pool" + size.rank() + "d";
    }

    private Op op() {
        return kind == Pooling.Kind.MAX ? new AdaptiveMaxPool(size, false) : new AdaptiveAvgPool(size);
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial(name(), in, size.rank());
        return Shapes.through(op(), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new OpBlock(op());
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return name() + " " + size;
    }
}
