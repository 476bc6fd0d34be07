package fovea.nn;

import fovea.op.Conv;
import fovea.op.Extents;
import fovea.op.Rounding;

/**
 * The arithmetic of convolutions over images, for people and for layers.
 *
 * <pre>{@code
 * Conv2d.outputSize(227, 11, 4, 0)             // 55
 * Conv2d.outputSize(224, 11, 4, 0)             // IllegalArgumentException: ... (224 - 11) / 4 + 1 = 54.25 is not whole
 * Conv2d.parameterCount(3, 96, 11, true)       // 34944
 * }</pre>
 */
public final class Conv2d {
    private Conv2d() {
    }

    /** How many places a filter has along an axis: {@code (in - kernel + 2 * padding) / stride + 1}, which must be whole. */
    public static int outputSize(int in, int kernel, int stride, int padding) {
        return outputSize(in, kernel, stride, padding, 1, Rounding.EXACT);
    }

    /** The same with gaps in the filter, and a choice of what happens where the windows do not end with the input. */
    public static int outputSize(int in, int kernel, int stride, int padding, int dilation, Rounding rounding) {
        return Conv.outputSize(in, kernel, stride, padding, padding, dilation, rounding);
    }

    /** Weights of square filters, and one bias for each filter where there is one. */
    public static long parameterCount(int channels, int filters, int kernel, boolean bias) {
        return parameterCount(channels, filters, kernel, kernel, 1, bias);
    }

    /** The same for filters of any shape, in groups. */
    public static long parameterCount(int channels, int filters, int kernelHeight, int kernelWidth, int groups, boolean bias) {
        if (channels % groups != 0 || filters % groups != 0) {
            throw new IllegalArgumentException("conv2d: %d input channels and %d filters cannot be cut into %d groups".formatted(
                    channels, filters, groups));
        }
        return Conv.parameterCount(channels, filters, Extents.of(kernelHeight, kernelWidth), groups, bias);
    }
}
