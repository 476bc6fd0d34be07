package fovea.zoo;

import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.parallel;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Convolution;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Pooling;
import fovea.nn.Sequential;
import fovea.optim.Adam;
import fovea.optim.Schedule;
import java.util.List;

/**
 * SqueezeNet: Iandola et al., "AlexNet-level accuracy with 50x fewer parameters", 2016. A fire module squeezes its input into a few
 * channels with 1x1 convolutions and expands these with 1x1 and 3x3 convolutions side by side; there is no dense layer, the classes are
 * channels whose means are taken.
 *
 * <p>Version 1.0 is the paper's but for the padding: a first convolution without, and poolings that round up, as in the authors' files,
 * which torchvision follows. The paper's table draws 224 pixels and 111 behind the first convolution, which needs padding; without it
 * there are 109. Version 1.1 is the authors' later one: smaller first filters and earlier poolings, 2.4 times cheaper. Names are those of
 * torchvision.
 */
final class Squeezenet {
    private Squeezenet() {
    }

    static List<Zoo.Entry> entries() {
        // 170,000 steps of 512 images, the rate falling to 0 in a straight line.
        var paper = ImageNet.cropped(new Recipe(68, 512, 0.04, Recipe.sgd(0.9, 2e-4), total -> Schedule.polynomial(total, 1)))
                .differs("short sides of 256 where the authors scaled whole images to 256x256");
        var image = Shape.of(3, 224, 224);
        return List.of(
                new Zoo.Entry("squeezenet1-0", "SqueezeNet 1.0", image, 1000, Squeezenet::first, usual(), paper),
                new Zoo.Entry("squeezenet1-1", "SqueezeNet 1.1", image, 1000, Squeezenet::second, usual(), paper));
    }

    /** At larger rates a few samples are enough to silence the ReLU behind the classes for ever. */
    private static Recipe usual() {
        return ImageNet.resized(new Recipe(10, 32, 1e-4, (model, rate) -> new Adam(model.parameters(), new Adam.Options(rate)),
                Schedule::oneCycle), 224);
    }

    private static Sequential first(int classes) {
        return sequential(named("features", sequential(
                convolution(96, 7).stride(2), relu(), pool(),  // [3, 224, 224] -> [96, 54, 54]
                fire(16, 64), fire(16, 64), fire(32, 128), pool(),  //           -> [256, 27, 27]
                fire(32, 128), fire(48, 192), fire(48, 192), fire(64, 256), pool(),  // -> [512, 13, 13]
                fire(64, 256))),
                named("classifier", classifier(classes)), named("flatten", flatten()));
    }

    private static Sequential second(int classes) {
        return sequential(named("features", sequential(
                convolution(64, 3).stride(2), relu(), pool(),  // [3, 224, 224] -> [64, 55, 55]
                fire(16, 64), fire(16, 64), pool(),  //                        -> [128, 27, 27]
                fire(32, 128), fire(32, 128), pool(),  //                      -> [256, 13, 13]
                fire(48, 192), fire(48, 192), fire(64, 256), fire(64, 256))),
                named("classifier", classifier(classes)), named("flatten", flatten()));
    }

    private static Layer fire(int squeezed, int expanded) {
        var by1 = sequential(named("expand1x1", convolution(expanded, 1)), named("expand1x1_activation", relu()));
        var by3 = sequential(named("expand3x3", convolution(expanded, 3).padding(1)), named("expand3x3_activation", relu()));
        return sequential(named("squeeze", convolution(squeezed, 1)), named("squeeze_activation", relu()),
                named("", parallel(named("", by1), named("", by3))));
    }

    private static Sequential classifier(int classes) {
        return sequential(dropout(0.5f), convolution(classes, 1).init(Init.normal(0.01f)), relu(), globalAvgPool());
    }

    private static Pooling pool() {
        return maxPool2d(3).stride(2).ceil();
    }

    private static Convolution convolution(int filters, int kernel) {
        return conv2d(filters, kernel).init(Init.kaimingUniform()).biasInit(Init.constant(0));
    }
}
