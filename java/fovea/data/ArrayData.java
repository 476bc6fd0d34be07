package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;

/**
 * Images and labels that are in memory already. The arrays are not copied.
 *
 * <pre>{@code
 * var data = ArrayData.of(pixels, labels, Shape.of(3, 32, 32), List.of("cat", "dog"));
 * }</pre>
 */
public final class ArrayData implements Dataset {
    private final String name;
    private final byte[] bytes;
    private final float[] floats;
    private final int[] labels;
    private final Shape shape;
    private final List<String> classes;
    private final int length;

    private ArrayData(String name, byte[] bytes, float[] floats, int[] labels, Shape shape, List<String> classes) {
        this.name = name;
        this.bytes = bytes;
        this.floats = floats;
        this.labels = labels;
        this.shape = shape;
        this.classes = List.copyOf(classes);
        length = Math.toIntExact(shape.elements());
        var elements = bytes != null ? bytes.length : floats.length;
        if (shape.rank() < 2 || shape.rank() > 4) {
            throw new IllegalArgumentException("%s: samples of shape %s; give [channels, height, width] for images, [channels, length] for"
                    .formatted(name, shape) + " series or [channels, frames, height, width] for clips");
        }
        if (labels.length == 0 || elements != (long) labels.length * length) {
            throw new IllegalArgumentException("%s: %d elements for %d labels and images %s; %d are expected".formatted(
                    name, elements, labels.length, shape, (long) labels.length * length));
        }
        for (var i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes.size()) {
                throw new IllegalArgumentException("%s: label %d of image %d; there are the classes 0 to %d".formatted(
                        name, labels[i], i, classes.size() - 1));
            }
        }
    }

    /** Bytes, 0 to 255, image after image as [channels, height, width]. */
    public static ArrayData of(byte[] pixels, int[] labels, Shape imageShape, List<String> classes) {
        return named("array", pixels, labels, imageShape, classes);
    }

    /** Floats; 0 is black and 1 is white where augmentations care. */
    public static ArrayData of(float[] pixels, int[] labels, Shape imageShape, List<String> classes) {
        return new ArrayData("array", null, pixels, labels, imageShape, classes);
    }

    static ArrayData named(String name, byte[] pixels, int[] labels, Shape imageShape, List<String> classes) {
        return new ArrayData(name, pixels, null, labels, imageShape, classes);
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public Shape imageShape() {
        return shape;
    }

    @Override
    public ElementType type() {
        return bytes != null ? ElementType.U8 : ElementType.F32;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public void read(int index, Image image) {
        var as = Image.shapeOf(shape);
        var c = (int) as.dim(0);
        var h = (int) as.dim(1);
        var w = (int) as.dim(2);
        if (bytes != null) {
            System.arraycopy(bytes, index * length, image.bytes(c, h, w), 0, length);
        } else {
            System.arraycopy(floats, index * length, image.floats(c, h, w), 0, length);
        }
    }

    @Override
    public String toString() {
        return "%,d images %s of %s".formatted(labels.length, shape, name);
    }
}
