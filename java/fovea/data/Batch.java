package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Images and labels of one step, in off-heap memory that the loader fills again: a batch is good until the next one is asked for.
 *
 * <pre>{@code
 * var logits = model.forward(step.input(batch));         // [n, classes]
 * var loss = logits.crossEntropy(batch.labels());        // ids, or shares of classes after MixUp and CutMix
 * }</pre>
 */
public final class Batch {
    private final Shape imageShape;
    private final ElementType type;
    private final int classes;
    private final MemorySegment images;
    private final MemorySegment ids;
    private final MemorySegment targets;
    private final int[] indices;
    private final float[] scale;
    private final float[] shift;
    private final Shape[] shapes = new Shape[2];
    private final Shape[] labelShapes = new Shape[2];
    private final MemorySegment[] views = new MemorySegment[6];
    private MemorySegment widened;
    private int size;
    private int valid;
    private boolean live;
    private Tensor labels;
    /** What went wrong while a worker filled this. */
    Throwable failure;

    /** @param mixed whether there are targets beside the ids; scale and shift make floats of bytes, per channel */
    Batch(int capacity, Shape imageShape, ElementType type, int classes, boolean mixed, float[] scale, float[] shift) {
        this.imageShape = imageShape;
        this.type = type;
        this.classes = classes;
        this.scale = scale;
        this.shift = shift;
        var arena = Arena.ofAuto();
        images = arena.allocate(Math.multiplyExact(capacity * imageShape.elements(), type.bytes()), 64);
        ids = arena.allocate(capacity * 4L, 64);
        targets = mixed ? arena.allocate(4L * capacity * classes, 64) : null;
        indices = new int[capacity];
    }

    void begin(int images, int own) {
        size = images;
        valid = own;
        labels = null;
        failure = null;
        live = true;
        // A full and a last batch take turns once an epoch; what describes them is made once.
        var k = images == indices.length ? 0 : 1;
        if (shapes[k] == null || shapes[k].dim(0) != images) {
            shapes[k] = Shape.of(images).concat(imageShape);
            labelShapes[k] = targets == null ? Shape.of(images) : Shape.of(images, classes);
            views[k] = this.images.asSlice(0, shapes[k].elements() * type.bytes());
            views[2 + k] = ids.asSlice(0, 4L * images);
            views[4 + k] = targets == null ? null : targets.asSlice(0, 4L * images * classes);
        }
    }

    void end() {
        live = false;
    }

    private int kind() {
        if (!live) {
            throw new IllegalStateException("this batch was given back when the next one was asked for; copy what you need of it before");
        }
        return size == indices.length ? 0 : 1;
    }

    /** How many images there are, padding included. */
    public int size() {
        return size;
    }

    /** How many images count: fewer than {@link #size} in the last batch of {@link LastBatch#PAD}. */
    public int valid() {
        return valid;
    }

    /** [n, channels, height, width]. */
    public Shape shape() {
        return shapes[kind()];
    }

    /** What {@link #images} holds. */
    public ElementType type() {
        return type;
    }

    /** The elements of all images, off-heap. */
    public MemorySegment images() {
        return views[kind()];
    }

    /** The class of an image; after MixUp and CutMix the one it had before. */
    public int label(int image) {
        kind();
        return ids.getAtIndex(ValueLayout.JAVA_INT, checked(image));
    }

    /** The index of an image in its dataset. */
    public int index(int image) {
        return indices[checked(image)];
    }

    private int checked(int image) {
        if (image < 0 || image >= size) {
            throw new IndexOutOfBoundsException("image %d of a batch of %d".formatted(image, size));
        }
        return image;
    }

    /** Class ids as a copy. */
    public int[] labelArray() {
        return views[2 + kind()].toArray(ValueLayout.JAVA_INT);
    }

    /** Whether {@link #labels} are shares of all classes, [n, classes], and not ids, [n]. */
    public boolean soft() {
        return targets != null;
    }

    /** Shares of all classes, row-major, as a copy; only where {@link #soft}. */
    public float[] targetArray() {
        if (targets == null) {
            throw new IllegalStateException("this batch has class ids only; shares come from MixUp or CutMix");
        }
        return views[4 + kind()].toArray(ValueLayout.JAVA_FLOAT);
    }

    /** The labels in the step that {@link Step#input(Batch)} took this batch into: I32 [n], or F32 [n, classes] where {@link #soft}. */
    public Tensor labels() {
        if (labels == null) {
            throw new IllegalStateException("labels: this batch is in no step yet; call step.input(batch) first");
        }
        return labels;
    }

    /** What {@link Step#input(Batch)} does. Returns the images as F32 [n, channels, height, width]. */
    public Tensor enter(Step step) {
        var k = kind();
        var x = step.input(shapes[k], ElementType.F32);
        x.copyFrom(type == ElementType.F32 ? views[k] : widen(), ElementType.F32);
        labels = step.input(labelShapes[k], targets == null ? ElementType.I32 : ElementType.F32);
        labels.copyFrom(views[(targets == null ? 2 : 4) + k], targets == null ? ElementType.I32 : ElementType.F32);
        return x;
    }

    private MemorySegment widen() {
        if (widened == null) {
            widened = Arena.ofAuto().allocate(4 * indices.length * imageShape.elements(), 64);
        }
        var plane = (int) (imageShape.elements() / scale.length);
        var bytes = new byte[plane];
        var floats = new float[plane];
        var planes = size * scale.length;
        for (var p = 0; p < planes; p++) {
            var c = p % scale.length;
            MemorySegment.copy(images, ValueLayout.JAVA_BYTE, (long) p * plane, bytes, 0, plane);
            Image.widen(bytes, floats, 0, plane, scale[c], shift[c]);
            MemorySegment.copy(floats, 0, widened, ValueLayout.JAVA_FLOAT, 4L * p * plane, plane);
        }
        return widened.asSlice(0, 4 * shapes[kind()].elements());
    }

    // ---- filling -------------------------------------------------------------------------------------------------------------

    void put(int i, int index, int label, Image image) {
        var n = (int) imageShape.elements();
        if (type == ElementType.U8) {
            MemorySegment.copy(image.bytes(), 0, images, ValueLayout.JAVA_BYTE, (long) i * n, n);
        } else {
            MemorySegment.copy(image.floats(), 0, images, ValueLayout.JAVA_FLOAT, 4L * i * n, n);
        }
        put(i, index, label);
    }

    void put(int i, int index, int label) {
        ids.setAtIndex(ValueLayout.JAVA_INT, i, label);
        indices[i] = index;
    }

    void putMixed(float[] pixels, float[] shares) {
        MemorySegment.copy(pixels, 0, images, ValueLayout.JAVA_FLOAT, 0, (int) (size * imageShape.elements()));
        MemorySegment.copy(shares, 0, targets, ValueLayout.JAVA_FLOAT, 0, size * classes);
    }

    @Override
    public String toString() {
        return "Batch[%d of %s, %s]".formatted(size, imageShape, type);
    }
}
