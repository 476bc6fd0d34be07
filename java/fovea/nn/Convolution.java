package fovea.nn;

import fovea.Shape;
import fovea.op.Activation;
import fovea.op.Conv;
import fovea.op.Extents;
import fovea.op.Rounding;

/**
 * A convolution over one, two or three spatial axes; {@code Layers.conv2d(filters, kernel)} makes one. Parameters are {@code weight
 * [filters, channels / groups, kernel...]} and {@code bias [filters]}.
 *
 * <pre>{@code
 * conv2d(64, 7).stride(2).padding(3).bias(false)
 * conv2d(64, 3).same()                      // as many places as the input has, divided by the stride
 * depthwiseConv2d(3).padding(1)             // one filter for each channel
 * }</pre>
 *
 * @param filters output channels; of a depthwise convolution, those for each input channel
 * @param groups parts of the channels with filters of their own; 0 is depthwise: as many as there are channels
 * @param rounding what happens where the windows do not end with the input
 */
public record Convolution(int filters, Extents kernel, Extents stride, Extents padBegin, Extents padEnd, Extents dilation, int groups,
        Rounding rounding, boolean bias, Init weightInit, Init biasInit) implements Layer {
    public Convolution {
        if (filters < 1 || kernel.smallest() < 1) {
            throw new IllegalArgumentException("conv%dd: %d filters of %s; there must be at least one, of at least 1".formatted(
                    kernel.rank(), filters, kernel));
        }
        if (groups < 0) {
            throw new IllegalArgumentException("conv%dd: groups is %d; it must be at least 1".formatted(kernel.rank(), groups));
        }
    }

    static Convolution of(int filters, int rank, int... kernel) {
        var one = Extents.all(rank, 1);
        var zero = Extents.all(rank, 0);
        return new Convolution(filters, Extents.spread(rank, kernel), one, zero, zero, one, 1, Rounding.FLOOR, true, Init.torchUniform(),
                Init.torchUniform());
    }

    /** Spatial axes. */
    public int rank() {
        return kernel.rank();
    }

    /** One number for all axes, or one for each. */
    public Convolution stride(int... extents) {
        return new Convolution(filters, kernel, Extents.spread(rank(), extents), padBegin, padEnd, dilation, groups, rounding, bias,
                weightInit, biasInit);
    }

    /** Zeros around the input: one number for all axes, or one for each. */
    public Convolution padding(int... extents) {
        return padding(Extents.spread(rank(), extents), Extents.spread(rank(), extents));
    }

    /** Zeros before and behind the input. */
    public Convolution padding(Extents begin, Extents end) {
        return new Convolution(filters, kernel, stride, begin, end, dilation, groups, rounding, bias, weightInit, biasInit);
    }

    /** As much padding as gives {@code ceil(input / stride)} places. */
    public Convolution same() {
        return rounding(Rounding.SAME);
    }

    /** An error, with the arithmetic, where the windows do not end with the input. */
    public Convolution exact() {
        return rounding(Rounding.EXACT);
    }

    public Convolution rounding(Rounding way) {
        return new Convolution(filters, kernel, stride, padBegin, padEnd, dilation, groups, way, bias, weightInit, biasInit);
    }

    /** Distance of neighbouring elements of a filter: one number for all axes, or one for each. */
    public Convolution dilation(int... extents) {
        return new Convolution(filters, kernel, stride, padBegin, padEnd, Extents.spread(rank(), extents), groups, rounding, bias,
                weightInit, biasInit);
    }

    public Convolution groups(int n) {
        return new Convolution(filters, kernel, stride, padBegin, padEnd, dilation, n, rounding, bias, weightInit, biasInit);
    }

    public Convolution bias(boolean on) {
        return new Convolution(filters, kernel, stride, padBegin, padEnd, dilation, groups, rounding, on, weightInit, biasInit);
    }

    public Convolution init(Init weights) {
        return new Convolution(filters, kernel, stride, padBegin, padEnd, dilation, groups, rounding, bias, weights, biasInit);
    }

    public Convolution biasInit(Init biases) {
        return new Convolution(filters, kernel, stride, padBegin, padEnd, dilation, groups, rounding, bias, weightInit, biases);
    }

    private int groupsOf(Shape in) {
        return groups == 0 ? Shapes.channels(in) : groups;
    }

    private int outputs(Shape in) {
        return groups == 0 ? filters * Shapes.channels(in) : filters;
    }

    @Override
    public Shape outputShape(Shape in) {
        var name = "conv" + rank() + "d";
        Shapes.spatial(name, in, rank());
        var channels = Shapes.channels(in);
        if (channels % groupsOf(in) != 0 || outputs(in) % groupsOf(in) != 0) {
            throw new IllegalArgumentException("%s: %d input channels and %d filters cannot be cut into %d groups".formatted(
                    name, channels, filters, groups));
        }
        return Shapes.of(outputs(in), Conv.outputSize(Shapes.extents(in, 1), kernel, stride, padBegin, padEnd, dilation, rounding));
    }

    private Shape weightShape(Shape in) {
        return Shapes.of(outputs(in), Extents.of(Shapes.channels(in) / groupsOf(in))).concat(
                Shapes.of(1, kernel).slice(1, rank() + 1));
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var shape = weightShape(in);
        var w = scope.parameter("weight", shape, weightInit);
        var b = bias ? scope.parameter("bias", Shape.of(outputs(in)), biasInit, Fans.of(shape)) : null;
        var op = new Conv(stride, padBegin, padEnd, dilation, groupsOf(in), Activation.NONE);
        return new ConvBlock(op, kernel, rounding, w, b);
    }

    @Override
    public long macs(Shape in) {
        return outputShape(in).elements() * (Shapes.channels(in) / groupsOf(in)) * kernel.volume();
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        var padding = rounding == Rounding.SAME ? ", same"
                : padBegin.equals(padEnd) ? Shapes.settings("padding", padBegin, 0) : ", padding %s and %s".formatted(padBegin, padEnd);
        return "%sconv%dd %s%s%s%s%s%s%s".formatted(groups == 0 ? "depthwise " : "", rank(), groups == 0 ? "" : filters + " ", kernel,
                Shapes.settings("stride", stride, 1), padding, Shapes.settings("dilation", dilation, 1),
                groups > 1 ? ", groups " + groups : "", bias ? "" : ", no bias");
    }
}
