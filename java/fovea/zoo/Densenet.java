package fovea.zoo;

import static fovea.nn.Layers.avgPool2d;
import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.identity;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.parallel;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Convolution;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import java.util.ArrayList;
import java.util.List;

/**
 * DenseNet: Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks", CVPR 2017. Every layer reads what all
 * layers before it in its block gave, side by side, and adds {@code growth} channels; transitions between blocks halve channels, height
 * and width. These are the networks for ImageNet with bottlenecks and compression (DenseNet-BC) of the paper, without differences, under
 * torchvision's names. The paper's memory-saving implementation is not needed to train them here: inner tensors of a layer are
 * given back as soon as they are read, but each layer keeps its joined input.
 */
final class Densenet {
    private static final Init HE = Init.kaimingNormal();

    private Densenet() {
    }

    static List<Zoo.Entry> entries() {
        var paper = ImageNet.resized(new Recipe(90, 256, 0.1,
                (model, rate) -> new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 1e-4).nesterov(true)),
                total -> Schedule.multiStep(0.1, total / 3, total * 2 / 3)), 224);
        return List.of(
                entry("densenet121", "DenseNet-121", paper, 32, 6, 12, 24, 16),
                entry("densenet169", "DenseNet-169", paper, 32, 6, 12, 32, 32),
                entry("densenet201", "DenseNet-201", paper, 32, 6, 12, 48, 32),
                entry("densenet161", "DenseNet-161, whose layers add 48 channels", paper, 48, 6, 12, 36, 24));
    }

    private static Zoo.Entry entry(String name, String about, Recipe paper, int growth, int... depths) {
        return new Zoo.Entry(name, about, Shape.of(3, 224, 224), 1000, classes -> network(classes, growth, depths), ImageNet.usual(),
                paper);
    }

    private static Sequential network(int classes, int growth, int... depths) {
        var channels = 2 * growth;
        var features = new ArrayList<Layer>(List.of(
                named("conv0", convolution(channels, 7).stride(2).padding(3)), named("norm0", batchNorm()), named("relu0", relu()),
                named("pool0", maxPool2d(3).stride(2).padding(1))));  // [3, 224, 224] -> [64, 56, 56]
        for (var b = 0; b < depths.length; b++) {
            features.add(named("denseblock" + (b + 1), block(depths[b], growth)));
            channels += depths[b] * growth;
            if (b + 1 < depths.length) {
                channels /= 2;
                features.add(named("transition" + (b + 1), transition(channels)));
            }
        }
        features.add(named("norm5", batchNorm()));  //                             -> [1024, 7, 7]
        return sequential(named("features", sequential(features)), named("relu", relu()), named("avgpool", globalAvgPool()),
                named("flatten", flatten()), named("classifier", dense(classes).biasInit(Init.constant(0))));
    }

    private static Sequential block(int depth, int growth) {
        var layers = new ArrayList<Layer>();
        for (var i = 1; i <= depth; i++) {
            var more = sequential(
                    named("norm1", batchNorm()), named("relu1", relu()), named("conv1", convolution(4 * growth, 1)),
                    named("norm2", batchNorm()), named("relu2", relu()), named("conv2", convolution(growth, 3).padding(1)));
            layers.add(named("", parallel(named("", identity()), named("denselayer" + i, more))));
        }
        return sequential(layers);
    }

    private static Sequential transition(int channels) {
        return sequential(named("norm", batchNorm()), named("relu", relu()), named("conv", convolution(channels, 1)),
                named("pool", avgPool2d(2)));
    }

    private static Convolution convolution(int filters, int kernel) {
        return conv2d(filters, kernel).bias(false).init(HE);
    }
}
