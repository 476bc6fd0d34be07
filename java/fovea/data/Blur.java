package fovea.data;

/** With this probability a gaussian blur, its deviation in pixels drawn between two bounds. The border is continued outwards. */
public record Blur(float probability, float leastDeviation, float mostDeviation) implements Augmentation {
    public Blur {
        Rules.share("blur", "probability", probability);
        Rules.require(leastDeviation > 0 && leastDeviation <= mostDeviation && mostDeviation <= 64,
                "blur: deviation %s to %s pixels; give 0 < least <= most <= 64", leastDeviation, mostDeviation);
    }

    @Override
    public void apply(Image image, Draws draws) {
        if (!draws.chance(probability)) {
            return;
        }
        var deviation = draws.between(leastDeviation, mostDeviation);
        var reach = Math.max(1, (int) Math.ceil(3 * deviation));
        var weights = new float[2 * reach + 1];
        var sum = 0f;
        for (var k = -reach; k <= reach; k++) {
            weights[reach + k] = (float) StrictMath.exp(-0.5 * k * k / (deviation * deviation));
            sum += weights[reach + k];
        }
        for (var k = 0; k < weights.length; k++) {
            weights[k] /= sum;
        }
        var h = image.height();
        var w = image.width();
        var between = new float[h * w];
        for (var c = 0; c < image.channels(); c++) {
            for (var y = 0; y < h; y++) {
                for (var x = 0; x < w; x++) {
                    var v = 0f;
                    for (var k = -reach; k <= reach; k++) {
                        v += weights[reach + k] * image.get((c * h + y) * w + Math.clamp(x + k, 0, w - 1));
                    }
                    between[y * w + x] = v;
                }
            }
            for (var y = 0; y < h; y++) {
                for (var x = 0; x < w; x++) {
                    var v = 0f;
                    for (var k = -reach; k <= reach; k++) {
                        v += weights[reach + k] * between[Math.clamp(y + k, 0, h - 1) * w + x];
                    }
                    image.set((c * h + y) * w + x, v);
                }
            }
        }
    }
}
