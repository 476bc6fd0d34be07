package fovea.data;

import fovea.ElementType;
import fovea.Shape;

/**
 * One image in a buffer that grows when it must and is used again for the next: [channels, height, width], row-major, as bytes
 * (0 to 255) or as floats (0 is black, 1 is white). Datasets fill it and augmentations change it.
 *
 * <pre>{@code
 * record Invert() implements Augmentation {
 *     public void apply(Image image, Draws draws) {
 *         for (int i = 0; i < image.elements(); i++) {
 *             image.set(i, image.white() - image.get(i));
 *         }
 *     }
 * }
 * }</pre>
 */
public final class Image {
    private int channels;
    private int height;
    private int width;
    private ElementType type = ElementType.U8;
    private byte[] bytes = {};
    private byte[] spareBytes = {};
    private float[] floats = {};
    private float[] spareFloats = {};

    /** An image of nothing yet; {@link #bytes(int, int, int)} or {@link #floats(int, int, int)} gives it a shape. */
    public Image() {
    }

    public int channels() {
        return channels;
    }

    public int height() {
        return height;
    }

    public int width() {
        return width;
    }

    public ElementType type() {
        return type;
    }

    public int elements() {
        return channels * height * width;
    }

    public Shape shape() {
        return Shape.of(channels, height, width);
    }

    /**
     * The image that a sample of any rank is read as: a series [channels, length] has one row, a clip [channels, frames, height, width]
     * has its frames one below the other.
     */
    static Shape shapeOf(Shape sample) {
        var channels = sample.rank() == 1 ? 1 : sample.dim(0);
        var width = sample.dim(-1);
        return sample.rank() == 3 ? sample : Shape.of(channels, sample.elements() / channels / width, width);
    }

    /** What counts as full brightness: 255 for bytes, 1 for floats. */
    public float white() {
        return type == ElementType.U8 ? 255 : 1;
    }

    /** Turns this into an image of bytes with this shape and arbitrary contents; the array may be longer than the image. */
    public byte[] bytes(int c, int h, int w) {
        shape(c, h, w, ElementType.U8);
        if (bytes.length < elements()) {
            bytes = new byte[elements()];
        }
        return bytes;
    }

    /** The same for floats. */
    public float[] floats(int c, int h, int w) {
        shape(c, h, w, ElementType.F32);
        if (floats.length < elements()) {
            floats = new float[elements()];
        }
        return floats;
    }

    /** The elements of an image of bytes. */
    public byte[] bytes() {
        check(ElementType.U8);
        return bytes;
    }

    /** The elements of an image of floats. */
    public float[] floats() {
        check(ElementType.F32);
        return floats;
    }

    private void check(ElementType wanted) {
        if (type != wanted) {
            throw new IllegalStateException("the image is %s, not %s; ask type() first, or use get and set".formatted(type, wanted));
        }
    }

    /** Room for the result of an operation that cannot work in place; {@link #swapBytes} makes it the image. */
    byte[] spareBytes(int elements) {
        if (spareBytes.length < elements) {
            spareBytes = new byte[elements];
        }
        return spareBytes;
    }

    float[] spareFloats(int elements) {
        if (spareFloats.length < elements) {
            spareFloats = new float[elements];
        }
        return spareFloats;
    }

    void swapBytes(int h, int w) {
        var old = bytes;
        bytes = spareBytes;
        spareBytes = old;
        shape(channels, h, w, ElementType.U8);
    }

    void swapFloats(int h, int w) {
        var old = floats;
        floats = spareFloats;
        spareFloats = old;
        shape(channels, h, w, ElementType.F32);
    }

    private void shape(int c, int h, int w, ElementType as) {
        if (c < 1 || h < 1 || w < 1 || (long) c * h * w > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("an image of %d x %d x %d (channels, height, width) is impossible".formatted(c, h, w));
        }
        channels = c;
        height = h;
        width = w;
        type = as;
    }

    /** An element as a number from 0 to {@link #white}. */
    public float get(int i) {
        return type == ElementType.U8 ? bytes[i] & 255 : floats[i];
    }

    /** Bytes are rounded and kept within 0 to 255; floats are taken as they are. */
    public void set(int i, float value) {
        if (type == ElementType.U8) {
            bytes[i] = clamp(value);
        } else {
            floats[i] = value;
        }
    }

    static byte clamp(float value) {
        return (byte) Math.max(0, Math.min(255, (int) (value + 0.5f)));
    }

    /** y = x * a + b, where a byte counts 0 to 255. */
    static void widen(byte[] from, float[] to, int start, int n, float a, float b) {
        for (int i = start, end = start + n; i < end; i++) {
            to[i] = (from[i] & 255) * a + b;
        }
    }

    /** The image as floats, 0 to 1. */
    public void toFloats() {
        if (type == ElementType.U8) {
            var from = bytes;
            widen(from, floats(channels, height, width), 0, elements(), 1 / 255f, 0);
        }
    }
}
