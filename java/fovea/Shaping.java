package fovea;

import fovea.op.Concat;
import fovea.op.Convert;
import fovea.op.Expand;
import fovea.op.Gather;
import fovea.op.GatherElements;
import fovea.op.Interpolation;
import fovea.op.OneHot;
import fovea.op.Pad;
import fovea.op.Permute;
import fovea.op.Reshape;
import fovea.op.Resize;
import fovea.op.Roll;
import fovea.op.Slice;
import fovea.op.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What moves the elements of a {@link Tensor} and computes nothing, as methods; each is one op of {@link fovea.op}. */
public sealed interface Shaping permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    // ---- other shapes for the same elements -----------------------------------------------------------------------------------

    /** The same elements under another shape. One extent may be -1: it becomes what the others leave. */
    default Tensor reshape(long... dims) {
        return reshape(Shapes.fill(self().shape(), dims));
    }

    /** The same elements under another shape. */
    default Tensor reshape(Shape shape) {
        return self().apply(new Reshape(shape));
    }

    /** All but the first axis as one: [n, c, h, w] to [n, c * h * w]. */
    default Tensor flatten() {
        return flatten(1, -1);
    }

    /** The axes from {@code first} to {@code last} as one. */
    default Tensor flatten(int first, int last) {
        return reshape(Shapes.flattened(self().shape(), first, last));
    }

    /** Without an axis of extent 1. */
    default Tensor squeeze(int axis) {
        return reshape(Shapes.squeezed(self().shape(), axis));
    }

    /** With a new axis of extent 1 at this place; -1 is behind the last. */
    default Tensor unsqueeze(int axis) {
        return reshape(Shapes.unsqueezed(self().shape(), axis));
    }

    // ---- other places for the same elements -----------------------------------------------------------------------------------

    /** The axes in another order: {@code permute(0, 2, 3, 1)} is [n, c, h, w] to [n, h, w, c]. */
    default Tensor permute(int... axes) {
        return self().apply(Permute.of(axes));
    }

    /** Two axes exchanged. */
    default Tensor transpose(int one, int other) {
        var shape = self().shape();
        var axes = IntStream.range(0, shape.rank()).toArray();
        axes[shape.axis(one)] = shape.axis(other);
        axes[shape.axis(other)] = shape.axis(one);
        return permute(axes);
    }

    /** This and then the others along an axis. */
    default Tensor concat(int axis, Tensor... others) {
        var all = new Tensor[1 + others.length];
        all[0] = self();
        System.arraycopy(others, 0, all, 1, others.length);
        return self().session().openStep(self()).apply(new Concat(axis), all);
    }

    /** Pieces of these sizes along an axis; the sizes add up to its extent. */
    default Tensor[] split(int axis, long... sizes) {
        return self().session().openStep(self()).applyAll(new Split(axis, LongStream.of(sizes).boxed().toList()), self());
    }

    /** Equal pieces along an axis, whose extent they divide. */
    default Tensor[] chunk(int axis, int pieces) {
        var extent = self().shape().dim(axis);
        if (pieces < 1 || extent % pieces != 0) {
            throw new IllegalArgumentException("chunk: axis %d of %s has %d elements, which %d pieces do not divide; give sizes to split"
                    .formatted(axis, self().shape(), extent, pieces));
        }
        var sizes = new long[pieces];
        Arrays.fill(sizes, extent / pieces);
        return split(axis, sizes);
    }

    /** The elements from {@code start} (inclusive) to {@code end} (exclusive) of an axis. Negative places count from its end. */
    default Tensor slice(int axis, long start, long end) {
        return slice(axis, start, end, 1);
    }

    /** Every {@code step}-th of these elements. */
    default Tensor slice(int axis, long start, long end, long step) {
        return self().apply(new Slice(Shapes.range(self().shape(), axis, start, end, step)));
    }

    /** The elements at one place of an axis, which goes: {@code x.select(0, 2)} of [8, 3, 5] is [3, 5]. */
    default Tensor select(int axis, long place) {
        return self().apply(new Slice(new Slice.Range(axis, place, 1, 1))).squeeze(axis);
    }

    /** Mirrored along these axes. */
    default Tensor flip(int... axes) {
        var ranges = new ArrayList<Slice.Range>();
        for (var axis : axes) {
            ranges.add(new Slice.Range(axis, -1, self().shape().dim(axis), -1));
        }
        return self().apply(new Slice(ranges));
    }

    /** Zeros around the last axes; two margins for each of them, outermost first: {@code pad(top, bottom, left, right)}. */
    default Tensor pad(long... margins) {
        return pad(Pad.Mode.CONSTANT, margins);
    }

    /** More elements around the last axes; two margins for each of them, outermost first: {@code pad(REFLECT, top, bottom, left, right)}. */
    default Tensor pad(Pad.Mode mode, long... margins) {
        return self().apply(new Pad(mode, Shapes.margins(self().shape(), margins), 0));
    }

    /** A constant around the last axes. */
    default Tensor padWith(float value, long... margins) {
        return self().apply(new Pad(Pad.Mode.CONSTANT, Shapes.margins(self().shape(), margins), value));
    }

    /** Moved along an axis; what leaves at one end comes back at the other. */
    default Tensor roll(int axis, long places) {
        return self().apply(new Roll(new Roll.Shift(axis, places)));
    }

    /** The places of an axis that an {@link ElementType#I32} tensor names, in its order; see {@link Gather}. */
    default Tensor gather(int axis, Tensor index) {
        return self().apply(new Gather(axis), index);
    }

    /** For every element of the index the element of this that it names along the axis; see {@link GatherElements}. */
    default Tensor gatherElements(int axis, Tensor index) {
        return self().apply(new GatherElements(axis), index);
    }

    /** {@code [n, c * r * r, h, w]} to {@code [n, c, h * r, w * r]}: each r x r square of pixels comes out of r * r channels. */
    default Tensor pixelShuffle(int r) {
        var x = Shapes.image(self().shape(), "pixelShuffle", r, 1);
        return reshape(x.dim(0), x.dim(1) / r / r, r, r, x.dim(2), x.dim(3)).permute(0, 1, 4, 2, 5, 3)
                .reshape(x.dim(0), x.dim(1) / r / r, x.dim(2) * r, x.dim(3) * r);
    }

    /** {@code [n, c, h * r, w * r]} to {@code [n, c * r * r, h, w]}: what {@link #pixelShuffle} does, backwards. */
    default Tensor pixelUnshuffle(int r) {
        var x = Shapes.image(self().shape(), "pixelUnshuffle", 1, r);
        return reshape(x.dim(0), x.dim(1), x.dim(2) / r, r, x.dim(3) / r, r).permute(0, 1, 3, 5, 2, 4)
                .reshape(x.dim(0), x.dim(1) * r * r, x.dim(2) / r, x.dim(3) / r);
    }

    // ---- more or fewer elements -----------------------------------------------------------------------------------------------

    /** Repeated along axes of extent 1, and along new axes in front, until it has this shape; -1 leaves an extent. */
    default Tensor expand(long... dims) {
        return self().apply(new Expand(Shapes.expanded(self().shape(), dims)));
    }

    /** The last axes with these extents, each element the nearest neighbour below, as PyTorch's {@code nearest}. */
    default Tensor resizeNearest(long... extents) {
        return resize(Interpolation.NEAREST, Resize.Grid.ASYMMETRIC, extents);
    }

    /** The last axes with these extents, linear in between: for two axes PyTorch's {@code bilinear} without aligned corners. */
    default Tensor resizeLinear(long... extents) {
        return resize(Interpolation.LINEAR, Resize.Grid.HALF_PIXEL, extents);
    }

    /** The last axes with these extents. */
    default Tensor resize(Interpolation interpolation, Resize.Grid grid, long... extents) {
        return self().apply(new Resize(interpolation, grid, Shapes.extents(self().shape(), extents)));
    }

    // ---- other element types --------------------------------------------------------------------------------------------------

    /** The same numbers in another element type; see {@link Convert}. */
    default Tensor to(ElementType type) {
        return type == self().type() ? self() : self().apply(new Convert(type));
    }

    /** Class ids as vectors of 0 with one 1, along a new last axis. */
    default Tensor oneHot(long classes) {
        return self().apply(new OneHot(classes));
    }
}
