package fovea.data;

/**
 * Every image becomes a mean of itself and another one of its batch, and so do the targets.
 *
 * @param alpha the weight is drawn from Beta(alpha, alpha)
 */
public record MixUp(float alpha) implements Mixing {
    public MixUp {
        Rules.require(alpha > 0 && alpha < 1e3, "mixup: alpha is %s; give more than 0", alpha);
    }

    @Override
    public void apply(float[] images, float[] targets, int n, int channels, int height, int width, Draws draws) {
        var keep = draws.beta(alpha);
        var partner = Pairs.of(n, draws);
        mix(images, n, channels * height * width, partner, keep);
        mix(targets, n, Pairs.classes(targets, n), partner, keep);
    }

    private static void mix(float[] x, int n, int length, int[] partner, float keep) {
        var before = java.util.Arrays.copyOf(x, n * length);
        for (var i = 0; i < n; i++) {
            for (var k = 0; k < length; k++) {
                x[i * length + k] = keep * before[i * length + k] + (1 - keep) * before[partner[i] * length + k];
            }
        }
    }
}
