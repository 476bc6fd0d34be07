package fovea;

import java.util.Arrays;

/**
 * The extents of a tensor, outermost first: a batch of 64 RGB images is {@code Shape.of(64, 3, 32, 32)}. Immutable.
 *
 * <pre>{@code
 * var images = Shape.of(64, 3, 32, 32);
 * images.dim(1);        // 3
 * images.elements();    // 196608
 * images.dim(-1);       // 32, counted from the end
 * }</pre>
 */
public final class Shape {
    /** Most dimensions a tensor can have. */
    public static final int MAX_RANK = 8;

    private static final Shape SCALAR = new Shape(new long[0], 1);

    private final long[] dims;
    private final long elements;

    private Shape(long[] dims, long elements) {
        this.dims = dims;
        this.elements = elements;
    }

    /** No dimensions: one element. */
    public static Shape scalar() {
        return SCALAR;
    }

    /** Every extent must be at least 1, and the number of elements must stay below 2^40. */
    public static Shape of(long... dims) {
        if (dims.length > MAX_RANK) {
            throw new IllegalArgumentException("shape %s has %d dimensions; at most %d are possible".formatted(
                    Arrays.toString(dims), dims.length, MAX_RANK));
        }
        var elements = 1L;
        for (var i = 0; i < dims.length; i++) {
            if (dims[i] < 1) {
                throw new IllegalArgumentException("shape %s: dimension %d is %d; every dimension must be at least 1".formatted(
                        Arrays.toString(dims), i, dims[i]));
            }
            if (dims[i] > (1L << 40) / elements) {
                throw new IllegalArgumentException("shape %s has more than 2^40 elements; split the tensor".formatted(
                        Arrays.toString(dims)));
            }
            elements *= dims[i];
        }
        return dims.length == 0 ? SCALAR : new Shape(dims.clone(), elements);
    }

    public int rank() {
        return dims.length;
    }

    public long elements() {
        return elements;
    }

    /** The extent of an axis; a negative axis counts from the end. */
    public long dim(int axis) {
        return dims[axis(axis)];
    }

    /** The axis as a number from 0, where a negative one counts from the end. */
    public int axis(int axis) {
        var i = axis < 0 ? axis + dims.length : axis;
        if (i < 0 || i >= dims.length) {
            throw new IllegalArgumentException("axis %d does not exist in shape %s; give %d to %d".formatted(
                    axis, this, -dims.length, dims.length - 1));
        }
        return i;
    }

    public long[] toArray() {
        return dims.clone();
    }

    /** This shape with one extent replaced. */
    public Shape with(int axis, long extent) {
        var copy = dims.clone();
        copy[axis(axis)] = extent;
        return of(copy);
    }

    /** The extents from one axis (inclusive) to another (exclusive). */
    public Shape slice(int from, int to) {
        return of(Arrays.copyOfRange(dims, from, to));
    }

    /** This shape with another's extents behind its own. */
    public Shape concat(Shape inner) {
        var joined = Arrays.copyOf(dims, dims.length + inner.dims.length);
        System.arraycopy(inner.dims, 0, joined, dims.length, inner.dims.length);
        return of(joined);
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** For example {@code [64, 3, 32, 32]}. */
    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
