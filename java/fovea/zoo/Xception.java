package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.separableConv2d;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.op.Rounding;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * Xception: Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017. Inception taken to its end: every
 * channel is filtered by itself, and 1x1 convolutions mix channels; 36 layers in 14 blocks with residuals around all but the first and
 * last. Layers, widths, paddings and the missing ReLU between the two halves of a separable convolution are the paper's. Names follow
 * the author's Keras; torchvision does not have it.
 */
final class Xception {
    private Xception() {
    }

    static List<Zoo.Entry> entries() {
        // 6 % off the rate every two epochs.
        var paper = ImageNet.resized(new Recipe(100, 32, 0.045, Recipe.sgd(0.9, 1e-5),
                total -> Schedule.steps(Math.max(1, total * 2 / 100), 0.94)), 299)
                .differs("the paper does not say how many epochs nor which batch; no average of the weights over time is kept");
        return List.of(new Zoo.Entry("xception", "Xception", Shape.of(3, 299, 299), 1000, Xception::network,
                ImageNet.resized(Recipe.usual(10, 32, 0.05), 299), paper));
    }

    private static Sequential network(int classes) {
        var layers = new ArrayList<Layer>(List.of(
                // Entry flow: [3, 299, 299] -> [728, 19, 19]
                named("block1_conv1", conv2d(32, 3).stride(2).bias(false)), named("block1_conv1_bn", norm()), named("relu1", relu()),
                named("block1_conv2", conv2d(64, 3).bias(false)), named("block1_conv2_bn", norm()), named("relu2", relu()),
                named("block2", reduced(false, 128, 128)), named("block3", reduced(true, 256, 256)),
                named("block4", reduced(true, 728, 728))));
        for (var i = 5; i <= 12; i++) {  // Middle flow
            layers.add(named("block" + i, residual(sequential(
                    named("relu1", relu()), named("sepconv1", separable(728)), named("sepconv1_bn", norm()),
                    named("relu2", relu()), named("sepconv2", separable(728)), named("sepconv2_bn", norm()),
                    named("relu3", relu()), named("sepconv3", separable(728)), named("sepconv3_bn", norm()))).names("", "shortcut")));
        }
        layers.addAll(List.of(
                // Exit flow: -> [2048, 10, 10]
                named("block13", reduced(true, 728, 1024)),
                named("block14_sepconv1", separable(1536)), named("block14_sepconv1_bn", norm()), named("relu14_1", relu()),
                named("block14_sepconv2", separable(2048)), named("block14_sepconv2_bn", norm()), named("relu14_2", relu()),
                named("avg_pool", globalAvgPool()), named("flatten", flatten()), named("dropout", dropout(0.5f)),
                named("predictions", dense(classes))));
        return sequential(layers);
    }

    /** Two separable convolutions and a pooling that halves height and width, and a 1x1 convolution around them. */
    private static Layer reduced(boolean activated, int middle, int filters) {
        var body = new ArrayList<Layer>();
        if (activated) {
            body.add(named("relu1", relu()));
        }
        body.addAll(List.of(
                named("sepconv1", separable(middle)), named("sepconv1_bn", norm()), named("relu2", relu()),
                named("sepconv2", separable(filters)), named("sepconv2_bn", norm()),
                named("pool", maxPool2d(3).stride(2).rounding(Rounding.SAME))));
        return residual(sequential(body), sequential(conv2d(filters, 1).stride(2).same().bias(false), norm())).names("", "shortcut");
    }

    private static Layer separable(int filters) {
        return separableConv2d(filters, 3, 1, 1);
    }

    private static Layer norm() {
        return batchNorm().epsilon(1e-3f).momentum(0.01f);
    }
}
