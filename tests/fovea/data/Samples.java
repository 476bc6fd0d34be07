package fovea.data;

import fovea.ElementType;
import java.util.Arrays;
import java.util.List;

/** Images to try augmentations on. */
final class Samples {
    private Samples() {
    }

    static final List<ElementType> TYPES = List.of(ElementType.U8, ElementType.F32);

    static Draws draws(long index) {
        return new Draws().at(1, 2, index);
    }

    /** Every element another value of 0 to 255, or that over 255. */
    static Image image(ElementType type, int c, int h, int w) {
        var image = new Image();
        if (type == ElementType.U8) {
            image.bytes(c, h, w);
        } else {
            image.floats(c, h, w);
        }
        for (var i = 0; i < image.elements(); i++) {
            image.set(i, (i * 37 + 11) % 256 * image.white() / 255);
        }
        return image;
    }

    static float[] values(Image image) {
        var v = new float[image.elements()];
        for (var i = 0; i < v.length; i++) {
            v[i] = image.get(i);
        }
        return v;
    }

    static Image applied(Augmentation a, Image image, long index) {
        a.apply(image, draws(index));
        return image;
    }

    static double mean(float[] x) {
        var sum = 0.0;
        for (var v : x) {
            sum += v;
        }
        return sum / x.length;
    }

    static Float[] box(float[] x) {
        var boxed = new Float[x.length];
        Arrays.setAll(boxed, i -> x[i]);
        return boxed;
    }
}
