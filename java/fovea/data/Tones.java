package fovea.data;

/** Changes by a table of tones, and sharpness. */
final class Tones {
    private Tones() {
    }

    static void posterise(Image image, int bits) {
        var mask = 255 << 8 - bits & 255;
        for (var i = 0; i < image.elements(); i++) {
            image.set(i, (level(image, i) & mask) * image.white() / 255);
        }
    }

    private static int level(Image image, int i) {
        return Math.clamp(Math.round(image.get(i) * 255 / image.white()), 0, 255);
    }

    /** What is brighter than the threshold, a share of white, is inverted. */
    static void solarise(Image image, float threshold) {
        var white = image.white();
        for (var i = 0; i < image.elements(); i++) {
            var v = image.get(i);
            image.set(i, v > threshold * white ? white - v : v);
        }
    }

    /** Each channel from black to white. */
    static void stretch(Image image) {
        var plane = image.height() * image.width();
        for (var c = 0; c < image.channels(); c++) {
            var least = Float.POSITIVE_INFINITY;
            var most = Float.NEGATIVE_INFINITY;
            for (var i = c * plane; i < (c + 1) * plane; i++) {
                least = Math.min(least, image.get(i));
                most = Math.max(most, image.get(i));
            }
            for (var i = c * plane; i < (c + 1) * plane && most > least; i++) {
                image.set(i, (image.get(i) - least) * image.white() / (most - least));
            }
        }
    }

    /** Each channel with all tones about equally often. */
    static void equalise(Image image) {
        var plane = image.height() * image.width();
        for (var c = 0; c < image.channels(); c++) {
            var counts = new int[256];
            for (var i = c * plane; i < (c + 1) * plane; i++) {
                counts[level(image, i)]++;
            }
            var first = 0;
            while (counts[first] == 0) {
                first++;
            }
            var below = new float[256];
            for (int v = first, sum = 0; v < 256; v++) {
                sum += v == first ? 0 : counts[v];
                below[v] = sum;
            }
            var rest = plane - counts[first];
            for (var i = c * plane; i < (c + 1) * plane && rest > 0; i++) {
                image.set(i, below[level(image, i)] * image.white() / rest);
            }
        }
    }

    /** Away from (factor above 1) or towards (below) the mean of the neighbourhood; the border stays. */
    static void sharpen(Image image, float factor) {
        var h = image.height();
        var w = image.width();
        var smooth = new float[h * w];
        for (var c = 0; c < image.channels(); c++) {
            for (var y = 1; y < h - 1; y++) {
                for (var x = 1; x < w - 1; x++) {
                    var at = (c * h + y) * w + x;
                    var sum = 4 * image.get(at);
                    for (var d = -1; d <= 1; d++) {
                        sum += image.get(at - w + d) + image.get(at + d) + image.get(at + w + d);
                    }
                    smooth[y * w + x] = sum / 13;
                }
            }
            for (var y = 1; y < h - 1; y++) {
                for (var x = 1; x < w - 1; x++) {
                    var at = (c * h + y) * w + x;
                    image.set(at, Colour.within(image, smooth[y * w + x] + factor * (image.get(at) - smooth[y * w + x])));
                }
            }
        }
    }
}
