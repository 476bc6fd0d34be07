package fovea.zoo;

import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.depthwiseConv2d;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.gelu;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.layerNorm;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.sequential;
import static fovea.nn.Layers.stochasticDepth;

import fovea.Shape;
import fovea.nn.Block;
import fovea.nn.Convolution;
import fovea.nn.Dense;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Scope;
import fovea.nn.Sequential;
import fovea.op.Binary;
import fovea.op.CrossEntropy;
import fovea.optim.AdamW;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * ConvNeXt-Tiny: Liu et al., "A ConvNet for the 2020s", CVPR 2022. A ResNet that took over what vision transformers showed to be good:
 * patches of 4x4 as a stem, 7x7 filters for each channel, a dense layer four times as wide in each block, layer norm and GELU, both
 * once a block, and residuals that begin almost as nothing (a factor of 1e-6 for each channel). As torchvision has it, names included,
 * which is as in the paper.
 */
final class Convnext {
    private static final Init NARROW = Init.truncatedNormal(0.02f);
    private static final float MOST_DEPTH_DROPPED = 0.1f;

    private Convnext() {
    }

    static List<Zoo.Entry> entries() {
        var paper = ImageNet.resized(new Recipe(300, 4096, 4e-3,
                (model, rate) -> new AdamW(model.parameters(), new AdamW.Options(rate).decay(0.05)),
                total -> Schedule.cosine(Math.max(1, total * 280 / 300)).warmUp(Math.max(1, total * 20 / 300))), 224)
                .loss(_ -> (output, target) -> output.crossEntropy(CrossEntropy.MEAN.smoothing(0.1f), target))
                .differs("no MixUp, CutMix, RandAugment, random erasing, and no moving average of the weights");
        var usual = ImageNet.resized(new Recipe(10, 32, 1e-3,
                (model, rate) -> new AdamW(model.parameters(), new AdamW.Options(rate).decay(0.05)), Schedule::oneCycle), 224);
        return List.of(new Zoo.Entry("convnext-tiny", "ConvNeXt-Tiny", Shape.of(3, 224, 224), 1000, Convnext::tiny, usual, paper));
    }

    private static Sequential tiny(int classes) {
        int[] widths = {96, 192, 384, 768};
        int[] depths = {3, 3, 9, 3};
        var features = new ArrayList<Layer>();
        features.add(sequential(convolution(widths[0], 4), norm()));  // [3, 224, 224] -> [96, 56, 56]
        var done = 0;
        for (var s = 0; s < widths.length; s++) {
            if (s > 0) {
                features.add(sequential(norm(), convolution(widths[s], 2)));  // half the height and width
            }
            var blocks = new ArrayList<Layer>();
            for (var i = 0; i < depths[s]; i++, done++) {
                blocks.add(block(widths[s], MOST_DEPTH_DROPPED * done / 17));
            }
            features.add(sequential(blocks));
        }
        return sequential(named("features", sequential(features)), named("avgpool", globalAvgPool()),
                named("classifier", sequential(norm(), flatten(), linear(classes))));
    }

    private static Layer block(int width, float dropped) {
        var mixing = new ChannelsLast(sequential(named("2", layerNorm(1).epsilon(1e-6f)), named("3", linear(4 * width)),
                named("4", gelu()), named("5", linear(width))));
        var body = sequential(
                named("0", depthwiseConv2d(7).padding(3).init(NARROW).biasInit(Init.constant(0))), named("", mixing));
        return residual(sequential(named("block", body), named("", new LayerScale(1e-6f)),
                named("stochastic_depth", stochasticDepth(dropped)))).names("", "shortcut");
    }

    /** Over the channels of every place. */
    private static Layer norm() {
        return new ChannelsLast(layerNorm(1).epsilon(1e-6f));
    }

    /** Patches side by side. */
    private static Convolution convolution(int filters, int patch) {
        return conv2d(filters, patch).stride(patch).init(NARROW).biasInit(Init.constant(0));
    }

    private static Dense linear(int outputs) {
        return dense(outputs).init(NARROW).biasInit(Init.constant(0));
    }

    /** Every channel times a factor that is learned, {@code layer_scale [c, 1, 1]}. */
    private record LayerScale(float start) implements Layer {
        @Override
        public Shape outputShape(Shape in) {
            return in;
        }

        @Override
        public Block build(Scope scope, Shape in) {
            var factors = scope.parameter("layer_scale", Shape.of(in.dim(0), 1, 1), Init.constant(start));
            return x -> x.step().apply(Binary.MULTIPLY, x, factors);
        }

        @Override
        public boolean holdsNothing() {
            return true;
        }

        @Override
        public String label() {
            return "a factor for each channel";
        }
    }
}
