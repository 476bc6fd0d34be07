package fovea.data;

/** With this probability a rectangle becomes black: a share of the area and a ratio of sides between these bounds (random erasing). */
public record Erase(float probability, float leastArea, float mostArea, float mostRatio) implements Augmentation {
    public Erase {
        Rules.share("erase", "probability", probability);
        Rules.require(leastArea > 0 && leastArea <= mostArea && mostArea <= 1, "erase: area %s to %s; give 0 < least <= most <= 1",
                leastArea,
                mostArea);
        Rules.require(mostRatio >= 1, "erase: ratio %s; give at least 1, the longer side over the shorter", mostRatio);
    }

    @Override
    public void apply(Image image, Draws draws) {
        if (!draws.chance(probability)) {
            return;
        }
        var area = (double) image.height() * image.width() * draws.between(leastArea, mostArea);
        var side = (float) StrictMath.log(mostRatio);
        var ratio = StrictMath.exp(draws.between(-side, side));
        var w = Math.clamp(Math.round(Math.sqrt(area * ratio)), 1, image.width());
        var h = Math.clamp(Math.round(Math.sqrt(area / ratio)), 1, image.height());
        clear(image, draws.below(image.height() - h + 1), draws.below(image.width() - w + 1), h, w);
    }

    /** The part of the rectangle that lies in the image becomes black. */
    static void clear(Image image, int top, int left, int h, int w) {
        for (var c = 0; c < image.channels(); c++) {
            for (var y = Math.max(0, top); y < Math.min(image.height(), top + h); y++) {
                for (var x = Math.max(0, left); x < Math.min(image.width(), left + w); x++) {
                    image.set((c * image.height() + y) * image.width() + x, 0);
                }
            }
        }
    }
}
