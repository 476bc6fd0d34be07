package fovea.data;

/**
 * A rectangle of every image comes from another one of its batch, and the targets are mixed by area.
 *
 * @param alpha the area is drawn from Beta(alpha, alpha)
 */
public record CutMix(float alpha) implements Mixing {
    public CutMix {
        Rules.require(alpha > 0 && alpha < 1e3, "cutmix: alpha is %s; give more than 0", alpha);
    }

    @Override
    public void apply(float[] images, float[] targets, int n, int channels, int height, int width, Draws draws) {
        var side = Math.sqrt(1 - draws.beta(alpha));
        var partner = Pairs.of(n, draws);
        var h = (int) (height * side);
        var w = (int) (width * side);
        var cy = draws.below(height);
        var cx = draws.below(width);
        var top = Math.max(0, cy - h / 2);
        var bottom = Math.min(height, cy - h / 2 + h);
        var left = Math.max(0, cx - w / 2);
        var right = Math.min(width, cx - w / 2 + w);
        var before = images.clone();
        var plane = height * width;
        for (var i = 0; i < n; i++) {
            for (var c = 0; c < channels; c++) {
                for (var y = top; y < bottom && left < right; y++) {
                    var at = c * plane + y * width + left;
                    System.arraycopy(before, partner[i] * channels * plane + at, images, i * channels * plane + at, right - left);
                }
            }
        }
        // By what is visible, not by what was drawn: the rectangle may be cut off at the border.
        var share = (float) (bottom - top) * Math.max(0, right - left) / plane;
        var classes = Pairs.classes(targets, n);
        var old = targets.clone();
        for (var i = 0; i < n; i++) {
            for (var k = 0; k < classes; k++) {
                targets[i * classes + k] = (1 - share) * old[i * classes + k] + share * old[partner[i] * classes + k];
            }
        }
    }
}
