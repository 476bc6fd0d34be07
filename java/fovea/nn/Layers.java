package fovea.nn;

import fovea.Shape;
import fovea.op.Extents;
import fovea.op.Interpolation;
import fovea.op.LocalResponseNorm;
import fovea.op.LocalResponseNormWithin;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * All layers by name, to be imported statically.
 *
 * <pre>{@code
 * import static fovea.nn.Layers.*;
 *
 * var mlp = sequential(flatten(), dense(120), relu(), dense(10));
 * }</pre>
 */
public final class Layers extends Activations {
    private Layers() {
    }

    // ---- containers ----------------------------------------------------------------------------------------------------------

    /** One after the other; named 0, 1, 2, ... in parameter paths. */
    public static Sequential sequential(Layer... layers) {
        return new Sequential(List.of(layers));
    }

    public static Sequential sequential(List<? extends Layer> layers) {
        return new Sequential(List.copyOf(layers));
    }

    /** A name in parameter paths instead of the position. */
    public static Named named(String name, Layer layer) {
        return new Named(name, layer);
    }

    /** A layer whose inner tensors are given up and computed again in backward: less memory, more time. */
    public static Checkpointed checkpointed(Layer body) {
        return new Checkpointed(body);
    }

    /** {@code body(x) + x}. */
    public static Residual residual(Layer body) {
        return new Residual(body, Identity.IDENTITY);
    }

    /** {@code body(x) + shortcut(x)}. */
    public static Residual residual(Layer body, Layer shortcut) {
        return new Residual(body, shortcut);
    }

    /** All read the same tensor; their results are joined along the channels. Named 0, 1, 2, ... in parameter paths. */
    public static Parallel parallel(Layer... branches) {
        return new Parallel(List.of(branches));
    }

    /** The input times what a small network makes of its channels' means: squeeze and excitation with so many hidden units. */
    public static SqueezeExcitation squeezeExcitation(int hidden) {
        return new SqueezeExcitation(hidden);
    }

    /** Any block with squeeze and excitation behind it, whose hidden units are the block's channels divided by the reduction (16 in the paper). */
    public static Excited excited(Layer block, int reduction) {
        return new Excited(block, reduction);
    }

    /** The pooling, the body, and then every element back to where its maximum was: a deconvolution network, SegNet. */
    public static Unpooling unpooled(Pooling maxPool, Layer body) {
        return new Unpooling(maxPool, body);
    }

    /** The same weights wherever a layer of this name stands. */
    public static Shared shared(String name, Layer layer) {
        return new Shared(name, layer);
    }

    /** A branch off the chain in TRAIN steps, whose result is read with {@link Model#output}. */
    public static SideOutput sideOutput(Layer head) {
        return new SideOutput(head, false);
    }

    /** Functions as a layer without parameters. */
    public static Lambda lambda(String label, UnaryOperator<Shape> shape, Block block) {
        return new Lambda(label, shape, block);
    }

    /** A function that keeps the shape as a layer. */
    public static Lambda lambda(String label, Block block) {
        return new Lambda(label, UnaryOperator.identity(), block);
    }

    public static Identity identity() {
        return Identity.IDENTITY;
    }

    // ---- convolutions: kernels, strides and paddings are one number for all axes, or one for each ---------------------------------

    /** Filters over series, {@code [c, width]}. */
    public static Convolution conv1d(int filters, int... kernel) {
        return Convolution.of(filters, 1, kernel);
    }

    /** Filters over images, {@code [c, height, width]}. */
    public static Convolution conv2d(int filters, int... kernel) {
        return Convolution.of(filters, 2, kernel);
    }

    /** Filters over images each of which reads only the channels that the table lists for it. */
    public static TableConvolution conv2d(List<List<Integer>> table, int kernel) {
        return new TableConvolution(table, kernel);
    }

    /** Filters over volumes, {@code [c, depth, height, width]}. */
    public static Convolution conv3d(int filters, int... kernel) {
        return Convolution.of(filters, 3, kernel);
    }

    /** One filter for each channel. */
    public static Convolution depthwiseConv1d(int... kernel) {
        return Convolution.of(1, 1, kernel).groups(0);
    }

    /** One filter for each channel. */
    public static Convolution depthwiseConv2d(int... kernel) {
        return Convolution.of(1, 2, kernel).groups(0);
    }

    /** One filter for each channel. */
    public static Convolution depthwiseConv3d(int... kernel) {
        return Convolution.of(1, 3, kernel).groups(0);
    }

    /** A filter for each channel and then 1x1 filters across channels (named depthwise and pointwise), both without bias. */
    public static Sequential separableConv2d(int filters, int kernel, int stride, int padding) {
        return sequential(named("depthwise", depthwiseConv2d(kernel).stride(stride).padding(padding).bias(false)),
                named("pointwise", conv2d(filters, 1).bias(false)));
    }

    /** Enlarges by its stride. */
    public static TransposedConvolution convTranspose1d(int filters, int... kernel) {
        return TransposedConvolution.of(filters, 1, kernel);
    }

    /** Enlarges by its stride. */
    public static TransposedConvolution convTranspose2d(int filters, int... kernel) {
        return TransposedConvolution.of(filters, 2, kernel);
    }

    /** Enlarges by its stride. */
    public static TransposedConvolution convTranspose3d(int filters, int... kernel) {
        return TransposedConvolution.of(filters, 3, kernel);
    }

    // ---- pooling: the stride is the kernel unless said otherwise ------------------------------------------------------------------

    /** The largest element of every window. */
    public static Pooling maxPool1d(int... kernel) {
        return Pooling.of(Pooling.Kind.MAX, 1, kernel);
    }

    /** The largest element of every window. */
    public static Pooling maxPool2d(int... kernel) {
        return Pooling.of(Pooling.Kind.MAX, 2, kernel);
    }

    /** The largest element of every window. */
    public static Pooling maxPool3d(int... kernel) {
        return Pooling.of(Pooling.Kind.MAX, 3, kernel);
    }

    /** The mean of every window. */
    public static Pooling avgPool1d(int... kernel) {
        return Pooling.of(Pooling.Kind.AVERAGE, 1, kernel);
    }

    /** The mean of every window. */
    public static Pooling avgPool2d(int... kernel) {
        return Pooling.of(Pooling.Kind.AVERAGE, 2, kernel);
    }

    /** The mean of every window. */
    public static Pooling avgPool3d(int... kernel) {
        return Pooling.of(Pooling.Kind.AVERAGE, 3, kernel);
    }

    /** The sum of every window. */
    public static Pooling sumPool1d(int... kernel) {
        return Pooling.of(Pooling.Kind.SUM, 1, kernel);
    }

    /** The sum of every window. */
    public static Pooling sumPool2d(int... kernel) {
        return Pooling.of(Pooling.Kind.SUM, 2, kernel);
    }

    /** The sum of every window. */
    public static Pooling sumPool3d(int... kernel) {
        return Pooling.of(Pooling.Kind.SUM, 3, kernel);
    }

    /** The p-norm of every window; the Euclidean length unless {@link Pooling#power} says otherwise. */
    public static Pooling lpPool1d(int... kernel) {
        return Pooling.of(Pooling.Kind.NORM, 1, kernel);
    }

    /** The p-norm of every window; the Euclidean length unless {@link Pooling#power} says otherwise. */
    public static Pooling lpPool2d(int... kernel) {
        return Pooling.of(Pooling.Kind.NORM, 2, kernel);
    }

    /** In TRAIN steps an element of every window, drawn in proportion to it; in EVAL steps the mean of what could be drawn. */
    public static Pooling stochasticPool2d(int... kernel) {
        return Pooling.of(Pooling.Kind.STOCHASTIC, 2, kernel);
    }

    /** LeNet-5's trainable sub-sampling: of every window the sum, times a coefficient of its channel, plus a bias. */
    public static SubSampling subSample2d(int... kernel) {
        return SubSampling.of(2, kernel);
    }

    /** The mean of every channel: {@code [c, h, w]} becomes {@code [c, 1, 1]}. */
    public static GlobalPooling globalAvgPool() {
        return new GlobalPooling(Pooling.Kind.AVERAGE);
    }

    /** As many windows along each axis as asked for, whatever the input's size. */
    public static AdaptivePooling adaptiveAvgPool1d(int... size) {
        return new AdaptivePooling(Pooling.Kind.AVERAGE, Extents.spread(1, size));
    }

    /** As many windows along each axis as asked for, whatever the input's size. */
    public static AdaptivePooling adaptiveAvgPool2d(int... size) {
        return new AdaptivePooling(Pooling.Kind.AVERAGE, Extents.spread(2, size));
    }

    /** As many windows along each axis as asked for, whatever the input's size. */
    public static AdaptivePooling adaptiveAvgPool3d(int... size) {
        return new AdaptivePooling(Pooling.Kind.AVERAGE, Extents.spread(3, size));
    }

    /** The largest element of every channel: {@code [c, h, w]} becomes {@code [c, 1, 1]}. */
    public static GlobalPooling globalMaxPool() {
        return new GlobalPooling(Pooling.Kind.MAX);
    }

    /** As many windows along each axis as asked for, whatever the input's size. */
    public static AdaptivePooling adaptiveMaxPool1d(int... size) {
        return new AdaptivePooling(Pooling.Kind.MAX, Extents.spread(1, size));
    }

    /** As many windows along each axis as asked for, whatever the input's size. */
    public static AdaptivePooling adaptiveMaxPool2d(int... size) {
        return new AdaptivePooling(Pooling.Kind.MAX, Extents.spread(2, size));
    }

    /** As many windows along each axis as asked for, whatever the input's size. */
    public static AdaptivePooling adaptiveMaxPool3d(int... size) {
        return new AdaptivePooling(Pooling.Kind.MAX, Extents.spread(3, size));
    }

    /** Every spatial axis longer by this factor, its elements repeated. */
    public static Upsampling upsample(int factor) {
        return new Upsampling(factor, Interpolation.NEAREST, false);
    }

    /** {@code [c * r * r, h, w]} to {@code [c, h * r, w * r]}: each r x r square comes out of r * r channels. */
    public static PixelShuffle pixelShuffle(int r) {
        return new PixelShuffle(r, false);
    }

    /** {@code [c, h * r, w * r]} to {@code [c * r * r, h, w]}: {@link #pixelShuffle} backwards, also called space to depth. */
    public static PixelShuffle pixelUnshuffle(int r) {
        return new PixelShuffle(r, true);
    }

    // ---- norms ---------------------------------------------------------------------------------------------------------------

    /** Per channel, with the statistics of the batch in TRAIN steps and running ones in EVAL steps. */
    public static BatchNormalization batchNorm() {
        return new BatchNormalization();
    }

    /** Over equal parts of the channels of every sample. */
    public static SampleNorm groupNorm(int groups) {
        return new SampleNorm(SampleNorm.Kind.GROUP, groups, 1e-5f, true);
    }

    /** Over each channel of every sample; without weights unless {@code affine(true)} is said, as in PyTorch. */
    public static SampleNorm instanceNorm() {
        return new SampleNorm(SampleNorm.Kind.INSTANCE, 1, 1e-5f, false);
    }

    /** Over the last axes of every sample. */
    public static SampleNorm layerNorm(int axes) {
        return new SampleNorm(SampleNorm.Kind.LAYER, axes, 1e-5f, true);
    }

    /** AlexNet's normalization over so many neighbouring channels. Alpha is divided by size, as in PyTorch: AlexNet's 1e-4 is 5e-4 here. */
    public static Elementwise localResponseNorm(int size, float alpha, float beta, float k) {
        return new Elementwise("localResponseNorm " + size, new LocalResponseNorm(size, alpha, beta, k));
    }

    /** The same over a square of neighbouring places of each channel. */
    public static Elementwise localResponseNormWithin(int size, float alpha, float beta, float k) {
        return new Elementwise("localResponseNormWithin " + size, new LocalResponseNormWithin(size, alpha, beta, k));
    }

    // ---- dense ---------------------------------------------------------------------------------------------------------------

    /** Every output a weighted sum of all inputs. */
    public static Dense dense(int outputs) {
        return new Dense(outputs);
    }

    /** Squared distances to a prototype of every class, the least for the best: LeNet-5's output layer. */
    public static Prototypes rbf(int classes) {
        return new Prototypes(classes);
    }

    // ---- shapes --------------------------------------------------------------------------------------------------------------

    /** More elements around every sample. */
    public static Padding pad1d(int... each) {
        return Padding.of(1, each);
    }

    public static Padding pad2d(int... each) {
        return Padding.of(2, each);
    }

    public static Padding pad3d(int... each) {
        return Padding.of(3, each);
    }

    public static Flatten flatten() {
        return new Flatten();
    }

    /** The same elements as samples of another shape: {@code dense(7 * 7 * 64), reshape(64, 7, 7)}. */
    public static Reshaping reshape(long... dims) {
        return new Reshaping(Shape.of(dims));
    }
}
