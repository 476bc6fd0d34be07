package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.depthwiseConv2d;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.sequential;
import static fovea.nn.Layers.silu;
import static fovea.nn.Layers.squeezeExcitation;
import static fovea.nn.Layers.stochasticDepth;

import fovea.Shape;
import fovea.nn.Convolution;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.optim.RmsProp;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * EfficientNet-B0: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019. MobileNetV2's
 * inverted residuals, found by search, with squeeze and excitation in each, SiLU, filters of 3x3 and 5x5, and stochastic depth whose
 * share grows from block to block up to 0.2. As torchvision has it, names included: paddings are even on all sides, where the authors'
 * TensorFlow pads one more at the bottom and the right.
 */
final class Efficientnet {
    private static final Init HE = Init.kaimingNormal().fan(Init.Fan.OUT);
    private static final float MOST_DEPTH_DROPPED = 0.2f;

    /** @param wider inside, times the channels that come */
    private record Stage(int wider, int kernel, int stride, int filters, int blocks) {
    }

    private static final List<Stage> B0 = List.of(  //            [32, 112, 112]
            new Stage(1, 3, 1, 16, 1), new Stage(6, 3, 2, 24, 2),  // -> [24, 56, 56]
            new Stage(6, 5, 2, 40, 2), new Stage(6, 3, 2, 80, 3),  // -> [80, 14, 14]
            new Stage(6, 5, 1, 112, 3), new Stage(6, 5, 2, 192, 4), new Stage(6, 3, 1, 320, 1));  // -> [320, 7, 7]

    private Efficientnet() {
    }

    static List<Zoo.Entry> entries() {
        // The rate 0.256 belongs to 4,096 images in a step, and falls by 3 % every 2.4 epochs.
        var paper = ImageNet.resized(new Recipe(350, 4096, 0.256,
                (model, rate) -> new RmsProp(model.parameters(), new RmsProp.Options(rate).alpha(0.9).momentum(0.9).eps(1e-3).decay(1e-5)),
                total -> Schedule.steps(Math.max(1, Math.round(total * 2.4 / 350)), 0.97).warmUp(Math.max(1, total * 5 / 350))), 224)
                .differs("no AutoAugment");
        return List.of(new Zoo.Entry("efficientnet-b0", "EfficientNet-B0", Shape.of(3, 224, 224), 1000, Efficientnet::b0, ImageNet.usual(),
                paper));
    }

    private static Sequential b0(int classes) {
        var features = new ArrayList<Layer>();
        features.add(normed(conv2d(32, 3).stride(2).padding(1)));
        var all = B0.stream().mapToInt(Stage::blocks).sum();
        var done = 0;
        var in = 32;
        for (var stage : B0) {
            var blocks = new ArrayList<Layer>();
            for (var i = 0; i < stage.blocks; i++, done++) {
                blocks.add(inverted(in, stage, i == 0 ? stage.stride : 1, MOST_DEPTH_DROPPED * done / all));
                in = stage.filters;
            }
            features.add(sequential(blocks));
        }
        features.add(normed(conv2d(1280, 1)));
        var head = dense(classes).init(uniform(classes)).biasInit(Init.constant(0));
        return sequential(named("features", sequential(features)), named("avgpool", globalAvgPool()), named("flatten", flatten()),
                named("classifier", sequential(dropout(0.2f), head)));
    }

    private static Init uniform(int classes) {
        var limit = (float) (1 / Math.sqrt(classes));
        return Init.uniform(-limit, limit);
    }

    private static Layer inverted(int in, Stage stage, int stride, float dropped) {
        var layers = new ArrayList<Layer>();
        if (stage.wider != 1) {
            layers.add(normed(conv2d(in * stage.wider, 1)));
        }
        layers.add(normed(depthwiseConv2d(stage.kernel).stride(stride).padding(stage.kernel / 2)));
        layers.add(squeezeExcitation(Math.max(1, in / 4)).activation(silu()));
        layers.add(sequential(conv2d(stage.filters, 1).bias(false).init(HE), batchNorm()));
        var body = named("block", sequential(layers));
        return stride == 1 && in == stage.filters
                ? residual(sequential(body, named("stochastic_depth", stochasticDepth(dropped)))).names("", "shortcut")
                : sequential(body);
    }

    private static Sequential normed(Convolution convolution) {
        return sequential(convolution.bias(false).init(HE), batchNorm(), silu());
    }
}
