package fovea.nn;

import fovea.Parameter;
import fovea.Shape;
import fovea.Tensor;
import fovea.op.ConvTranspose;
import fovea.op.Extents;

/**
 * A transposed convolution, which enlarges by its stride; {@code Layers.convTranspose2d(filters, kernel)} makes one. Parameters are
 * {@code weight [channels, filters / groups, kernel...]} and {@code bias [filters]}.
 *
 * <pre>{@code
 * convTranspose2d(16, 2).stride(2)          // [32, 14, 14] -> [16, 28, 28]
 * }</pre>
 */
public record TransposedConvolution(int filters, Extents kernel, ConvTranspose op, boolean bias, Init weightInit, Init biasInit)
        implements
            Layer {
    public TransposedConvolution {
        if (filters < 1 || kernel.smallest() < 1) {
            throw new IllegalArgumentException("convTranspose%dd: %d filters of %s; there must be at least one, of at least 1".formatted(
                    kernel.rank(), filters, kernel));
        }
    }

    static TransposedConvolution of(int filters, int rank, int... kernel) {
        return new TransposedConvolution(filters, Extents.spread(rank, kernel), ConvTranspose.of(rank), true, Init.torchUniform(),
                Init.torchUniform());
    }

    /** One number for all axes, or one for each. */
    public TransposedConvolution stride(int... extents) {
        return with(op.stride(extents));
    }

    /** Positions cut off all around: one number for all axes, or one for each. */
    public TransposedConvolution padding(int... extents) {
        return with(op.padding(extents));
    }

    /** Positions added at the end. Set the stride first, which bounds it. */
    public TransposedConvolution outputPadding(int... extents) {
        return with(op.outputPadding(extents));
    }

    public TransposedConvolution dilation(int... extents) {
        return with(op.dilation(extents));
    }

    public TransposedConvolution groups(int n) {
        return with(op.groups(n));
    }

    private TransposedConvolution with(ConvTranspose changed) {
        return new TransposedConvolution(filters, kernel, changed, bias, weightInit, biasInit);
    }

    public TransposedConvolution bias(boolean on) {
        return new TransposedConvolution(filters, kernel, op, on, weightInit, biasInit);
    }

    public TransposedConvolution init(Init weights) {
        return new TransposedConvolution(filters, kernel, op, bias, weights, biasInit);
    }

    public TransposedConvolution biasInit(Init biases) {
        return new TransposedConvolution(filters, kernel, op, bias, weightInit, biases);
    }

    @Override
    public Shape outputShape(Shape in) {
        var name = "convTranspose" + kernel.rank() + "d";
        Shapes.spatial(name, in, kernel.rank());
        if (Shapes.channels(in) % op.groups() != 0 || filters % op.groups() != 0) {
            throw new IllegalArgumentException("%s: %d input channels and %d filters cannot be cut into %d groups".formatted(
                    name, Shapes.channels(in), filters, op.groups()));
        }
        return Shapes.of(filters, op.outputSize(Shapes.extents(in, 1), kernel));
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var shape = Shape.of(Shapes.channels(in), filters / op.groups()).concat(Shapes.of(1, kernel).slice(1, kernel.rank() + 1));
        var w = scope.parameter("weight", shape, weightInit);
        var b = bias ? scope.parameter("bias", Shape.of(filters), biasInit, Fans.of(shape)) : null;
        return new Built(op, w, b);
    }

    private record Built(ConvTranspose op, Parameter w, Parameter b) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            return b == null ? x.step().apply(op, x, w) : x.step().apply(op, x, w, b);
        }
    }

    /** Every input element meets every element of the filters of its group. */
    @Override
    public long macs(Shape in) {
        return in.elements() * (filters / op.groups()) * kernel.volume();
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "convTranspose%dd %d %s%s%s%s%s".formatted(kernel.rank(), filters, kernel, Shapes.settings("stride", op.stride(), 1),
                Shapes.settings("padding", op.padBegin(), 0), Shapes.settings("output padding", op.outputPadding(), 0),
                bias ? "" : ", no bias");
    }
}
