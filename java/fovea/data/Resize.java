package fovea.data;

import fovea.Shape;

/** Scaled until it covers height x width, then cut in the middle. */
public record Resize(int height, int width) implements Augmentation {
    public Resize {
        Rules.require(height >= 1 && width >= 1, "resize: %d x %d; give positive sizes", height, width);
    }

    @Override
    public Shape outputShape(Shape in) {
        return Shape.of(in.dim(0), height, width);
    }

    @Override
    public void apply(Image image, Draws draws) {
        Resampling.cover(image, height, width);
    }
}
