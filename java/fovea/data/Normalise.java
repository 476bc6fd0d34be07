package fovea.data;

import fovea.ElementType;
import fovea.Shape;

/**
 * y = (x - mean) / deviation for each channel, where x counts from 0 (black) to 1 (white). Makes floats of bytes; normally the last step.
 */
public record Normalise(float[] mean, float[] deviation) implements Augmentation {
    public Normalise {
        mean = mean.clone();
        deviation = deviation.clone();
        if (mean.length == 0 || mean.length != deviation.length) {
            throw new IllegalArgumentException("normalise: %d means and %d deviations; give one of each per channel".formatted(
                    mean.length, deviation.length));
        }
        for (var d : deviation) {
            if (!(d > 0)) {
                throw new IllegalArgumentException("normalise: a deviation is %s; it must be positive".formatted(d));
            }
        }
    }

    /** Scale and shift that do this to a number from 0 to white. */
    void affine(float white, float[] scale, float[] shift) {
        for (var c = 0; c < mean.length; c++) {
            scale[c] = 1 / (white * deviation[c]);
            shift[c] = -mean[c] / deviation[c];
        }
    }

    @Override
    public Shape outputShape(Shape in) {
        if (in.dim(0) != mean.length) {
            throw new IllegalArgumentException("normalise: %d means and deviations for images %s; give one per channel".formatted(
                    mean.length, in));
        }
        return in;
    }

    @Override
    public ElementType outputType(ElementType in) {
        return ElementType.F32;
    }

    @Override
    public void apply(Image image, Draws draws) {
        var white = image.white();
        var plane = image.height() * image.width();
        var bytes = image.type() == ElementType.U8 ? image.bytes() : null;
        var to = bytes == null ? image.floats() : image.floats(image.channels(), image.height(), image.width());
        for (var c = 0; c < mean.length; c++) {
            var scale = 1 / (white * deviation[c]);
            var shift = -mean[c] / deviation[c];
            if (bytes != null) {
                Image.widen(bytes, to, c * plane, plane, scale, shift);
            } else {
                for (int i = c * plane, end = i + plane; i < end; i++) {
                    to[i] = to[i] * scale + shift;
                }
            }
        }
    }
}
