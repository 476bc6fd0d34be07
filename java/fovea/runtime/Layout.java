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
