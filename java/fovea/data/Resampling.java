package fovea.data;

/** Other sizes of an image. Enlarging interpolates between neighbours; shrinking averages over all that a new pixel covers. */
final class Resampling {
    private Resampling() {
    }

    /** Scaled to cover height x width, then cut in the middle. */
    static void cover(Image image, int height, int width) {
        if (image.height() == height && image.width() == width) {
            return;
        }
        var scale = Math.max((double) height / image.height(), (double) width / image.width());
        var h = height / scale;
        var w = width / scale;
        resize(image, (image.height() - h) / 2, (image.width() - w) / 2, h, w, height, width);
    }

    /** The part from (top, left) of size h x w becomes the whole image of height x width. */
    static void resize(Image image, double top, double left, double h, double w, int height, int width) {
        var rows = new Taps(image.height(), top, h, height);
        var columns = new Taps(image.width(), left, w, width);
        var bytes = image.type() == fovea.ElementType.U8;
        var to = image.channels() * height * width;
        var fromBytes = bytes ? image.bytes() : null;
        var fromFloats = bytes ? null : image.floats();
        var toBytes = bytes ? image.spareBytes(to) : null;
        var toFloats = bytes ? null : image.spareFloats(to);
        var line = new float[image.width()];
        for (var c = 0; c < image.channels(); c++) {
            for (var y = 0; y < height; y++) {
                java.util.Arrays.fill(line, 0);
                for (var k = 0; k < rows.count(y); k++) {
                    var weight = rows.weight(y, k);
                    var start = (c * image.height() + rows.first[y] + k) * image.width();
                    for (var x = 0; x < line.length; x++) {
                        line[x] += weight * (bytes ? fromBytes[start + x] & 255 : fromFloats[start + x]);
                    }
                }
                var out = (c * height + y) * width;
                for (var x = 0; x < width; x++) {
                    var sum = 0f;
                    for (var k = 0; k < columns.count(x); k++) {
                        sum += columns.weight(x, k) * line[columns.first[x] + k];
                    }
                    if (bytes) {
                        toBytes[out + x] = Image.clamp(sum);
                    } else {
                        toFloats[out + x] = sum;
                    }
                }
            }
        }
        if (bytes) {
            image.swapBytes(height, width);
        } else {
            image.swapFloats(height, width);
        }
    }

    /** For each new place the old ones that count, with a triangle of weights as wide as the new pixel, at least one old pixel. */
    private static final class Taps {
        private final int[] first;
        private final float[][] weights;

        Taps(int length, double start, double extent, int n) {
            first = new int[n];
            weights = new float[n][];
            var step = extent / n;
            var reach = Math.max(1, step);
            for (var i = 0; i < n; i++) {
                var centre = start + (i + 0.5) * step - 0.5;
                var from = Math.clamp((int) Math.ceil(centre - reach), 0, length - 1);
                var to = Math.clamp((int) Math.floor(centre + reach), from, length - 1);
                first[i] = from;
                var w = new float[to - from + 1];
                var sum = 0.0;
                for (var k = 0; k < w.length; k++) {
                    w[k] = (float) Math.max(0, 1 - Math.abs(from + k - centre) / reach);
                    sum += w[k];
                }
                for (var k = 0; k < w.length; k++) {
                    w[k] = sum > 0 ? (float) (w[k] / sum) : 1f / w.length;
                }
                weights[i] = w;
            }
        }

        int count(int i) {
            return weights[i].length;
        }

        float weight(int i, int k) {
            return weights[i][k];
        }
    }
}
