package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.parallel;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Block;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Scope;
import fovea.nn.Sequential;

/**
 * GoogLeNet's block (Szegedy et al. 2014): windows of several sizes look at the same maps side by side, and what they find is joined.
 * 1x1 convolutions before the large windows make fewer channels of many first, as 5x5 windows over 256 channels would cost more than all
 * the rest.
 *
 * <pre>{@code
 *   x ─┬─ 1x1 ──────────┬─ [ones + threes + fives + pooled, h, w]
 *      ├─ 1x1 ─── 3x3 ──┤
 *      ├─ 1x1 ─── 5x5 ──┤
 *      └─ max 3x3 ─ 1x1 ┘
 *
 * new Inception(64, 96, 128, 16, 32, 32)            // [192, 28, 28] -> [256, 28, 28]
 * }</pre>
 *
 * @param ones filters of 1x1
 * @param before3 filters of 1x1 before those of 3x3
 * @param threes filters of 3x3
 * @param before5 filters of 1x1 before those of 5x5
 * @param fives filters of 5x5
 * @param pooled filters of 1x1 behind the pooling
 * @param normalised torchvision's variant: batch norm behind every convolution, and 3x3 windows in place of the 5x5 ones, which began as
 *        an oversight and is what published weights need
 */
public record Inception(int ones, int before3, int threes, int before5, int fives, int pooled, boolean normalised) implements Layer {
    /** As in the paper. */
    public Inception(int ones, int before3, int threes, int before5, int fives, int pooled) {
        this(ones, before3, threes, before5, fives, pooled, false);
    }

    public Inception normalised(boolean on) {
        return new Inception(ones, before3, threes, before5, fives, pooled, on);
    }

    /** What it is made of. */
    Layer branches() {
        var large = normalised ? conv2d(fives, 3).padding(1) : conv2d(fives, 5).padding(2);
        return parallel(
                named("branch1", convolution(ones)),
                named("branch2", sequential(convolution(before3), unit(conv2d(threes, 3).padding(1), normalised))),
                named("branch3", sequential(convolution(before5), unit(large, normalised))),
                named("branch4", sequential(maxPool2d(3).stride(1).padding(1).ceil(), convolution(pooled))));
    }

    private Layer convolution(int filters) {
        return unit(conv2d(filters, 1), normalised);
    }

    /** A convolution and ReLU, with a batch norm between them or not. */
    static Sequential unit(fovea.nn.Convolution convolution, boolean normalised) {
        return normalised
                ? sequential(named("conv", convolution.bias(false).init(Init.truncatedNormal(0.01f))),
                        named("bn", batchNorm().epsilon(1e-3f)), named("relu", relu()))
                : sequential(named("conv", convolution.init(Init.xavierUniform()).biasInit(Init.constant(0.2f))), named("relu", relu()));
    }

    @Override
    public Shape outputShape(Shape in) {
        return branches().outputShape(in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return branches().build(scope, in);
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "inception";
    }
}
