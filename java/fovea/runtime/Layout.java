package fovea.runtime;

import fovea.Shape;
import fovea.bindings.FoveaNative;

/**
 * Where the elements of a tensor lie in memory. Three layouts serve every instruction set, since 16 lanes are one AVX-512 vector,
 * two AVX2 vectors or four NEON vectors; kernels name the one they want and the tape inserts what is needed.
 */
public enum Layout {
    /** Row-major, as users see it. */
    PLAIN(FoveaNative.FOV_PLAIN()),
    /** Blocks of 16 channels innermost: convolutions with many channels. */
    C16(FoveaNative.FOV_C16()),
    /** Blocks of 16 images innermost: convolutions with few channels. */
    N16(FoveaNative.FOV_N16());

    private final int id;

    Layout(int id) {
        this.id = id;
    }

    public int id() {
        return id;
    }

    public static Layout of(int id) {
        for (var layout : values()) {
            if (layout.id == id) {
                return layout;
            }
        }
        throw new IllegalArgumentException("layout " + id + " is unknown");
    }

    /** The axis that is cut into blocks of 16, or -1. */
    public int blockedAxis() {
        return switch (this) {
            case PLAIN -> -1;
            case C16 -> 1;
            case N16 -> 0;
        };
    }

    /** Whether a cut of a tensor at this place of an axis is a cut of its memory: between two blocks, or along an axis that is not blocked. */
    public boolean cutsAt(int axis, long place) {
        return axis != blockedAxis() || place % 16 == 0;
    }

    /**
     * The extents of memory as a row-major array. Axis i of the tensor is axis i of memory (counted in blocks where it is the blocked
     * one), and the 16 lanes of a block are the last axis of memory.
     */
    public long[] memory(Shape shape) {
        if (this == PLAIN) {
            return shape.toArray();
        }
        var rank = Math.max(shape.rank(), 2);
        var dims = new long[rank + 1];
        for (var i = 0; i < rank; i++) {
            var extent = i < shape.rank() ? shape.dim(i) : 1;
            dims[i] = i == blockedAxis() ? padded(extent) / 16 : extent;
        }
        dims[rank] = 16;
        return dims;
    }

    /** Elements in memory, padding lanes included. */
    public long elements(Shape shape) {
        return switch (this) {
            case PLAIN -> shape.elements();
            case C16 -> shape.rank() < 2 ? padded(1) * shape.elements() : shape.elements() / shape.dim(1) * padded(shape.dim(1));
            case N16 -> shape.rank() < 1 ? padded(1) : shape.elements() / shape.dim(0) * padded(shape.dim(0));
        };
    }

    /** Whether every element of memory is an element of the tensor. */
    public boolean isDense(Shape shape) {
        return elements(shape) == shape.elements();
    }

    private static long padded(long extent) {
        return (extent + 15) / 16 * 16;
    }
}
