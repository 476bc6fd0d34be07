package fovea.data;

import fovea.Shape;

/** A part of the image with a share of its area and a ratio of sides between these bounds, scaled to height x width. */
public record RandomResizedCrop(int height, int width, float leastArea, float mostArea, float mostRatio) implements Augmentation {
    private static final int TRIES = 10;

    public RandomResizedCrop {
        Rules.require(height >= 1 && width >= 1, "random resized crop: %d x %d; give positive sizes", height, width);
        Rules.require(leastArea > 0 && leastArea <= mostArea && mostArea <= 1,
                "random resized crop: area %s to %s; give 0 < least <= most <= 1",
                leastArea, mostArea);
        Rules.require(mostRatio >= 1, "random resized crop: ratio %s; give at least 1, the longer side over the shorter", mostRatio);
    }

    @Override
    public Shape outputShape(Shape in) {
        return Shape.of(in.dim(0), height, width);
    }

    @Override
    public void apply(Image image, Draws draws) {
        for (var t = 0; t < TRIES; t++) {
            var area = (double) image.height() * image.width() * draws.between(leastArea, mostArea);
            var side = (float) StrictMath.log(mostRatio);
            var ratio = StrictMath.exp(draws.between(-side, side));
            var w = (int) Math.rint(Math.sqrt(area * ratio));
            var h = (int) Math.rint(Math.sqrt(area / ratio));
            if (w >= 1 && h >= 1 && w <= image.width() && h <= image.height()) {
                Resampling.resize(image, draws.below(image.height() - h + 1), draws.below(image.width() - w + 1), h, w, height, width);
                return;
            }
        }
        Resampling.cover(image, height, width);
    }
}
