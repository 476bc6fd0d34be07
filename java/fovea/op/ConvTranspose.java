package fovea.op;

import java.util.List;

/**
 * Transposed convolution, the gradient of a convolution with respect to its input taken as a forward pass: inputs
 * {@code x [n, ic, spatial...]}, {@code w [ic, oc / groups, kernel...]} and, if wanted, {@code b [oc]}; every x is multiplied by the
 * whole filter and added to y at {@code p * stride + k * dilation - padBegin}. It enlarges by its stride:
 *
 * <pre>{@code
 * size = (in - 1) * stride - padBegin - padEnd + dilation * (kernel - 1) + outputPadding + 1
 *
 * var y = x.convTranspose(ConvTranspose.of(2).stride(2), w, b);      // [8, 16, 7, 7] with w [16, 4, 2, 2] -> [8, 4, 14, 14]
 * }</pre>
 *
 * @param padBegin positions cut off before the first one of every axis
 * @param padEnd positions cut off behind the last one
 * @param outputPadding positions added behind the last one, less than the stride or the dilation: it tells the sizes apart that a
 *     convolution of this stride maps to the same one
 */
public record ConvTranspose(Extents stride, Extents padBegin, Extents padEnd, Extents outputPadding, Extents dilation, int groups,
        Activation activation) implements Op {
    public ConvTranspose {
        Windows.check("convTranspose", stride, padBegin, padEnd, dilation);
        Checks.require(outputPadding.rank() == stride.rank() && outputPadding.smallest() >= 0,
                "convTranspose: output padding %s must not be negative and have %d axes", outputPadding, stride.rank());
        for (var i = 0; i < stride.rank(); i++) {
            Checks.require(outputPadding.at(i) < Math.max(stride.at(i), dilation.at(i)),
                    "convTranspose: output padding %s must be less than stride %s or dilation %s", outputPadding, stride, dilation);
        }
        Checks.require(groups >= 1, "convTranspose: groups is %d; it must be at least 1", groups);
    }

    /** Over this many spatial axes, with stride 1, nothing cut off or added, no gaps, one group and no activation. */
    public static ConvTranspose of(int rank) {
        var one = Extents.all(rank, 1);
        var zero = Extents.all(rank, 0);
        return new ConvTranspose(one, zero, zero, zero, one, 1, Activation.NONE);
    }

    /** Spatial axes: 1, 2 or 3. */
    public int rank() {
        return stride.rank();
    }

    /** One number for all axes, or one for each. */
    public ConvTranspose stride(int... extents) {
        return new ConvTranspose(Extents.spread(rank(), extents), padBegin, padEnd, outputPadding, dilation, groups, activation);
    }

    /** The same padding before and behind; one number for all axes, or one for each. */
    public ConvTranspose padding(int... extents) {
        var both = Extents.spread(rank(), extents);
        return padding(both, both);
    }

    public ConvTranspose padding(Extents begin, Extents end) {
        return new ConvTranspose(stride, begin, end, outputPadding, dilation, groups, activation);
    }

    /** One number for all axes, or one for each. Set the stride or dilation first, which bound it. */
    public ConvTranspose outputPadding(int... extents) {
        return new ConvTranspose(stride, padBegin, padEnd, Extents.spread(rank(), extents), dilation, groups, activation);
    }

    /** One number for all axes, or one for each. */
    public ConvTranspose dilation(int... extents) {
        return new ConvTranspose(stride, padBegin, padEnd, outputPadding, Extents.spread(rank(), extents), groups, activation);
    }

    public ConvTranspose groups(int n) {
        return new ConvTranspose(stride, padBegin, padEnd, outputPadding, dilation, n, activation);
    }

    public ConvTranspose activation(Activation function) {
        return new ConvTranspose(stride, padBegin, padEnd, outputPadding, dilation, groups, function);
    }

    /** The extents of the result, or an exception that shows the arithmetic. */
    public Extents outputSize(Extents in, Extents kernel) {
        Checks.require(in.rank() == rank() && kernel.rank() == rank(),
                "convTranspose: input %s, filter %s and stride %s must have the same number of axes", in, kernel, stride);
        var out = new int[rank()];
        for (var i = 0; i < out.length; i++) {
            var size = (in.at(i) - 1L) * stride.at(i) - padBegin.at(i) - padEnd.at(i) + dilation.at(i) * (kernel.at(i) - 1L)
                    + outputPadding.at(i) + 1;
            Checks.require(size >= 1,
                    "convTranspose: %s input, %s filter, stride %s: (%d - 1) * %d - %d - %d + %d * (%d - 1) + %d + 1 = %d leaves nothing; "
                            + "use less padding",
                    in, kernel, stride, in.at(i), stride.at(i), padBegin.at(i), padEnd.at(i), dilation.at(i), kernel.at(i),
                    outputPadding.at(i), size);
            out[i] = Math.toIntExact(size);
        }
        return Extents.of(out);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var x = ConvChecks.activations("convTranspose", rank(), inputs, false);
        var w = ConvChecks.weights("convTranspose", rank(), inputs);
        var ic = x.dim(1);
        Checks.require(ic % groups == 0, "convTranspose: %d input channels cannot be cut into %d groups", ic, groups);
        Checks.require(w.dim(0) == ic,
                "convTranspose: x %s has %d channels, so w must begin with %d, but it is %s; w is [input channels, output channels / groups, "
                        + "kernel]",
                x, ic, ic, w);
        var oc = w.dim(1) * groups;
        ConvChecks.bias("convTranspose", oc, inputs);
        return List.of(Spec.f32(ConvChecks.shape(x.dim(0), oc, outputSize(ConvChecks.spatial(x), ConvChecks.spatial(w)))));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 0 | INPUT << 1 | (activation == Activation.NONE ? 0 : OUTPUT);
    }
}
