package fovea.op;

import java.util.List;

/**
 * Convolution over one, two or three spatial axes: inputs {@code x [n, ic, spatial...]}, {@code w [oc, ic / groups, kernel...]} and, if
 * wanted, a bias {@code b [oc]} and, with {@code add}, last of all {@code r} of the result's shape; result {@code y [n, oc, spatial...]}:
 *
 * <pre>{@code
 * y[n, o, p] = activation(b[o] + sum over c, k of w[o, c, k] * x[n, group(o) * ic / groups + c, p * stride + k * dilation - padBegin]
 *              + r[n, o, p])
 *
 * var op = Conv.of(2).stride(2).padding(1);
 * var y = x.conv(op, w, b);                       // [8, 3, 32, 32] with w [16, 3, 3, 3] -> [8, 16, 16, 16]
 * }</pre>
 *
 * What lies outside of x counts as 0. With {@code groups == ic} it is a depthwise convolution.
 *
 * @param padBegin zeros before the first position of every axis
 * @param padEnd zeros behind the last position; a stride may leave some of them, or of x, untouched
 * @param dilation distance between neighbouring positions of the filter; 1 where there are no gaps
 * @param groups how many equal parts the channels are cut into, each with filters of its own
 * @param activation applied to the result in the same pass over memory
 * @param add another tensor is added before the activation: the end of a residual block
 */
public record Conv(Extents stride, Extents padBegin, Extents padEnd, Extents dilation, int groups, Activation activation,
        boolean add) implements Op {
    public Conv {
        Windows.check("conv", stride, padBegin, padEnd, dilation);
        Checks.require(groups >= 1, "conv: groups is %d; it must be at least 1", groups);
    }

    public Conv(Extents stride, Extents padBegin, Extents padEnd, Extents dilation, int groups, Activation activation) {
        this(stride, padBegin, padEnd, dilation, groups, activation, false);
    }

    /** Over this many spatial axes, with stride 1, no padding, no gaps, one group and no activation. */
    public static Conv of(int rank) {
        var one = Extents.all(rank, 1);
        var zero = Extents.all(rank, 0);
        return new Conv(one, zero, zero, one, 1, Activation.NONE);
    }

    /** Spatial axes: 1, 2 or 3. */
    public int rank() {
        return stride.rank();
    }

    /** One number for all axes, or one for each. */
    public Conv stride(int... extents) {
        return new Conv(Extents.spread(rank(), extents), padBegin, padEnd, dilation, groups, activation, add);
    }

    /** The same padding before and behind; one number for all axes, or one for each. */
    public Conv padding(int... extents) {
        var both = Extents.spread(rank(), extents);
        return padding(both, both);
    }

    public Conv padding(Extents begin, Extents end) {
        return new Conv(stride, begin, end, dilation, groups, activation, add);
    }

    /** One number for all axes, or one for each. */
    public Conv dilation(int... extents) {
        return new Conv(stride, padBegin, padEnd, Extents.spread(rank(), extents), groups, activation, add);
    }

    public Conv groups(int n) {
        return new Conv(stride, padBegin, padEnd, dilation, n, activation, add);
    }

    public Conv activation(Activation function) {
        return new Conv(stride, padBegin, padEnd, dilation, groups, function, add);
    }

    public Conv add(boolean on) {
        return new Conv(stride, padBegin, padEnd, dilation, groups, activation, on);
    }

    /** This convolution with the paddings that the rounding asks for, given the extents of its input and filter. */
    public Conv fitted(Extents in, Extents kernel, Rounding rounding) {
        var paddings = Windows.paddings("conv", in, kernel, stride, padBegin, padEnd, dilation, rounding);
        return padding(paddings[0], paddings[1]);
    }

    /** How many places a filter has along every axis, or an exception that shows the arithmetic. */
    public static Extents outputSize(Extents in, Extents kernel, Extents stride, Extents padBegin, Extents padEnd, Extents dilation,
            Rounding rounding) {
        return Windows.places("conv", in, kernel, stride, padBegin, padEnd, dilation, rounding);
    }

    /** The same along one axis. */
    public static int outputSize(int in, int kernel, int stride, int padBegin, int padEnd, int dilation, Rounding rounding) {
        return outputSize(Extents.of(in), Extents.of(kernel), Extents.of(stride), Extents.of(padBegin), Extents.of(padEnd),
                Extents.of(dilation), rounding).first();
    }

    /** Weights, and one bias per output channel where there is one. */
    public static long parameterCount(int ic, int oc, Extents kernel, int groups, boolean bias) {
        return (long) oc * (ic / groups) * kernel.volume() + (bias ? oc : 0);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var x = ConvChecks.activations("conv", rank(), inputs, add);
        var w = ConvChecks.weights("conv", rank(), inputs);
        var ic = x.dim(1);
        var oc = w.dim(0);
        Checks.require(ic % groups == 0 && oc % groups == 0, "conv: %d input and %d output channels cannot be cut into %d groups", ic, oc,
                groups);
        Checks.require(w.dim(1) == ic / groups,
                "conv: x %s has %d channels%s, so w must be [%d, %d, %s], but it is %s; w is [output channels, input channels / groups, kernel]",
                x, ic, groups == 1 ? "" : " in %d groups".formatted(groups), oc, ic / groups, "kernel...", w);
        ConvChecks.bias("conv", oc, add ? inputs.subList(0, inputs.size() - 1) : inputs);
        var out = outputSize(ConvChecks.spatial(x), ConvChecks.spatial(w), stride, padBegin, padEnd, dilation, Rounding.FLOOR);
        var y = ConvChecks.shape(x.dim(0), oc, out);
        if (add) {
            var r = Checks.f32("conv", "r", inputs.getLast());
            Checks.require(r.equals(y), "conv: r is %s; it is added to the result, so it must be %s", r, y);
        }
        return List.of(Spec.f32(y));
    }

    @Override
    public int savedForBackward() {
        return INPUT << 0 | INPUT << 1 | (activation == Activation.NONE ? 0 : OUTPUT);
    }
}
