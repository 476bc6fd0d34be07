package fovea.data;

/** Arithmetic of colours, within 0 to white. */
final class Colour {
    private Colour() {
    }

    static float within(Image image, float v) {
        return Math.max(0, Math.min(image.white(), v));
    }

    static float grey(Image image, int pixel) {
        if (image.channels() != 3) {
            return image.get(pixel);
        }
        var plane = image.height() * image.width();
        return 0.299f * image.get(pixel) + 0.587f * image.get(plane + pixel) + 0.114f * image.get(2 * plane + pixel);
    }

    static float meanGrey(Image image) {
        var plane = image.height() * image.width();
        var sum = 0.0;
        for (var i = 0; i < plane; i++) {
            sum += grey(image, i);
        }
        return (float) (sum / plane);
    }

    /** x = base + factor * (x - base). */
    static void blend(Image image, float factor, float base) {
        for (var i = 0; i < image.elements(); i++) {
            image.set(i, within(image, base + factor * (image.get(i) - base)));
        }
    }

    static void saturate(Image image, float factor) {
        if (image.channels() != 3) {
            return;
        }
        var plane = image.height() * image.width();
        for (var p = 0; p < plane; p++) {
            var grey = grey(image, p);
            for (var i = p; i < 3 * plane; i += plane) {
                image.set(i, within(image, grey + factor * (image.get(i) - grey)));
            }
        }
    }

    /** Turns the hue by a share of the circle, in the YIQ system: brightness stays. */
    static void turn(Image image, float share) {
        if (image.channels() != 3) {
            return;
        }
        var plane = image.height() * image.width();
        var cos = (float) StrictMath.cos(2 * Math.PI * share);
        var sin = (float) StrictMath.sin(2 * Math.PI * share);
        for (var p = 0; p < plane; p++) {
            var r = image.get(p);
            var g = image.get(plane + p);
            var b = image.get(2 * plane + p);
            var y = 0.299f * r + 0.587f * g + 0.114f * b;
            var i = 0.5959f * r - 0.2746f * g - 0.3213f * b;
            var q = 0.2115f * r - 0.5227f * g + 0.3112f * b;
            var ti = cos * i - sin * q;
            var tq = sin * i + cos * q;
            image.set(p, within(image, y + 0.956f * ti + 0.619f * tq));
            image.set(plane + p, within(image, y - 0.272f * ti - 0.647f * tq));
            image.set(2 * plane + p, within(image, y - 1.106f * ti + 1.703f * tq));
        }
    }
}
