package fovea.data;

/**
 * Brightness, contrast and saturation times a factor within 1 - s to 1 + s, hue turned by up to this share of the circle. Saturation
 * and hue need three channels and leave one channel alone.
 */
public record ColourJitter(float brightness, float contrast, float saturation, float hue) implements Augmentation {
    public ColourJitter {
        Rules.share("colour jitter", "brightness", brightness);
        Rules.share("colour jitter", "contrast", contrast);
        Rules.share("colour jitter", "saturation", saturation);
        Rules.require(hue >= 0 && hue <= 0.5f, "colour jitter: hue is %s; give 0 to 0.5", hue);
    }

    @Override
    public void apply(Image image, Draws draws) {
        var b = draws.between(1 - brightness, 1 + brightness);
        var c = draws.between(1 - contrast, 1 + contrast);
        var s = draws.between(1 - saturation, 1 + saturation);
        var h = draws.between(-hue, hue);
        if (brightness > 0) {
            Colour.blend(image, b, 0);
        }
        if (contrast > 0) {
            Colour.blend(image, c, Colour.meanGrey(image));
        }
        if (saturation > 0) {
            Colour.saturate(image, s);
        }
        if (hue > 0) {
            Colour.turn(image, h);
        }
    }
}
