package fovea.data;

import fovea.ElementType;

/** With this probability left and right change places, or top and bottom. */
public record Flip(float probability, boolean vertical) implements Augmentation {
    public Flip {
        Rules.share("flip", "probability", probability);
    }

    @Override
    public void apply(Image image, Draws draws) {
        if (!draws.chance(probability)) {
            return;
        }
        var bytes = image.type() == ElementType.U8;
        var rows = image.channels() * image.height();
        for (var r = 0; r < rows; r++) {
            if (vertical) {
                var y = r % image.height();
                if (y < image.height() / 2) {
                    swapRows(image, bytes, r, r - y + image.height() - 1 - y);
                }
            } else {
                reverse(image, bytes, r * image.width(), image.width());
            }
        }
    }

    private static void reverse(Image image, boolean bytes, int start, int n) {
        if (bytes) {
            var b = image.bytes();
            for (int i = start, j = start + n - 1; i < j; i++, j--) {
                var swap = b[i];
                b[i] = b[j];
                b[j] = swap;
            }
        } else {
            var f = image.floats();
            for (int i = start, j = start + n - 1; i < j; i++, j--) {
                var swap = f[i];
                f[i] = f[j];
                f[j] = swap;
            }
        }
    }

    private static void swapRows(Image image, boolean bytes, int a, int b) {
        var n = image.width();
        Object array = bytes ? image.bytes() : image.floats();
        Object spare = bytes ? image.spareBytes(n) : image.spareFloats(n);
        System.arraycopy(array, a * n, spare, 0, n);
        System.arraycopy(array, b * n, array, a * n, n);
        System.arraycopy(spare, 0, array, b * n, n);
    }
}
