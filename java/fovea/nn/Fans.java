package fovea.nn;

import fovea.Shape;

/** How many numbers flow into and out of one element that a parameter helps to compute; initializers scale by them. */
public record Fans(long in, long out) {
    /** Of {@code [out, in, window...]}, as PyTorch counts: the window belongs to both. A vector counts its elements. */
    public static Fans of(Shape shape) {
        if (shape.rank() < 2) {
            return new Fans(shape.elements(), shape.elements());
        }
        var window = shape.elements() / shape.dim(0) / shape.dim(1);
        return new Fans(shape.dim(1) * window, shape.dim(0) * window);
    }
}
