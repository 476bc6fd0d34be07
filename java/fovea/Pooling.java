package fovea;

import fovea.op.AdaptiveAvgPool;
import fovea.op.AdaptiveMaxPool;
import fovea.op.AvgPool;
import fovea.op.Extents;
import fovea.op.LpPool;
import fovea.op.MaxPool;
import fovea.op.MaxUnpool;
import fovea.op.StochasticPool;
import fovea.op.SubSample;
import fovea.op.SumPool;
import fovea.op.Window;

/**
 * How a {@link Tensor} [n, c, spatial...] is pooled, as methods; each is one op of {@link fovea.op}.
 *
 * <pre>{@code
 * var y = x.maxPool2d(2);                                            // halves height and width
 * var z = x.maxPool(Window.of(3, 3).stride(2).padding(1));           // overlapping windows
 * var features = x.globalAvgPool();                                  // [n, c, 1, 1]
 * }</pre>
 */
public sealed interface Pooling permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** The largest element of every window. */
    default Tensor maxPool(Window window) {
        return self().apply(new MaxPool(window));
    }

    /** The largest element of every kernel x kernel window, side by side. */
    default Tensor maxPool2d(int kernel) {
        return maxPool(Window.of(kernel, kernel));
    }

    /** The largest element of every kernel x kernel window, this far apart. */
    default Tensor maxPool2d(int kernel, int stride) {
        return maxPool(Window.of(kernel, kernel).stride(stride));
    }

    /** The largest elements, and as I32 their positions in the plane. */
    default Tensor[] maxPoolWithIndices(Window window) {
        var x = self();
        return x.session().openStep(x).applyAll(new MaxPool(window, true), x);
    }

    /** The mean of every window; padding counts, as a zero. */
    default Tensor avgPool(Window window) {
        return self().apply(new AvgPool(window));
    }

    /** The mean of every kernel x kernel window, side by side. */
    default Tensor avgPool2d(int kernel) {
        return avgPool(Window.of(kernel, kernel));
    }

    /** The mean of every kernel x kernel window, this far apart. */
    default Tensor avgPool2d(int kernel, int stride) {
        return avgPool(Window.of(kernel, kernel).stride(stride));
    }

    /** The sum of every window. */
    default Tensor sumPool(Window window) {
        return self().apply(new SumPool(window));
    }

    /** Means over this many windows per spatial axis. */
    default Tensor adaptiveAvgPool(int... size) {
        return self().apply(new AdaptiveAvgPool(Extents.of(size)));
    }

    /** Maxima over this many windows per spatial axis. */
    default Tensor adaptiveMaxPool(int... size) {
        return self().apply(new AdaptiveMaxPool(Extents.of(size), false));
    }

    /** The mean of each plane: [n, c, 1...]. */
    default Tensor globalAvgPool() {
        return self().apply(AdaptiveAvgPool.global(self().shape().rank() - 2));
    }

    /** The largest element of each plane: [n, c, 1...]. */
    default Tensor globalMaxPool() {
        return self().apply(AdaptiveMaxPool.global(self().shape().rank() - 2));
    }

    /** The p-norm of every window; p = 2 is its Euclidean length. */
    default Tensor lpPool(Window window, float p) {
        return self().apply(new LpPool(window, p));
    }

    /** In a TRAIN step one element of every window, drawn in proportion to it, else the mean of what could be drawn. */
    default Tensor stochasticPool(Window window) {
        var x = self();
        var step = x.session().openStep(x);
        return step.apply(new StochasticPool(window, step.mode() == Mode.TRAIN), x);
    }

    /** LeNet-5's sub-sampling: coefficient[c] times the sum of every window, plus bias[c]. */
    default Tensor subSample(Window window, Tensor coefficient, Tensor bias) {
        return self().apply(new SubSample(window), coefficient, bias);
    }

    /** These elements at the places that {@link #maxPoolWithIndices} found, in planes of this size; 0 everywhere else. */
    default Tensor maxUnpool(Tensor indices, int... size) {
        return self().apply(new MaxUnpool(Extents.of(size)), indices);
    }
}
