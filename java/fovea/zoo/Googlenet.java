package fovea.zoo;

import static fovea.data.Augment.centreCrop;
import static fovea.data.Augment.colourJitter;
import static fovea.data.Augment.flip;
import static fovea.data.Augment.randomResizedCrop;
import static fovea.data.Augment.resize;
import static fovea.nn.Layers.adaptiveAvgPool2d;
import static fovea.nn.Layers.avgPool2d;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.localResponseNorm;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;
import static fovea.nn.Layers.sideOutput;

import fovea.Mode;
import fovea.Shape;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Pooling;
import fovea.nn.Sequential;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * GoogLeNet (Szegedy et al.: Going Deeper with Convolutions, 2014), the winner of ILSVRC 2014: 22 layers with a twelfth of AlexNet's
 * weights. Nine {@link Inception} blocks; means of whole maps in place of hidden dense layers; and two more classifiers half way, whose
 * losses count 0.3 each and only in training, because gradients were feared to die on their way down.
 *
 * <p>{@code googlenet} is the paper's: local response normalisation, 5x5 windows, auxiliary heads of 4x4 means, 128 filters of 1x1, 1024
 * hidden units and dropout of 0.7. {@code googlenet-bn} is torchvision's: batch norm, and 3x3 for the 5x5 windows; published weights
 * without their {@code aux1} and {@code aux2} fit it, and all of them fit {@code googlenet-bn-aux}.
 */
final class Googlenet {
    private Googlenet() {
    }

    static List<Zoo.Entry> entries() {
        var usual = Recipe.usual(30, 64, 0.02);
        var paper = paper();
        var heads = withHeads(0.3, "aux1", "aux2");
        var input = Shape.of(3, 224, 224);
        return List.of(
                new Zoo.Entry("googlenet", "GoogLeNet with auxiliary heads, as in the paper", input, 1000, Googlenet::original,
                        usual.loss(heads), paper.loss(heads)),
                new Zoo.Entry("googlenet-bn", "GoogLeNet with batch norm, as in torchvision", input, 1000,
                        classes -> normalised(classes, false), usual, paper),
                new Zoo.Entry("googlenet-bn-aux", "GoogLeNet with batch norm and auxiliary heads, as in torchvision", input, 1000,
                        classes -> normalised(classes, true), usual.loss(heads), paper.loss(heads)));
    }

    /** Cross-entropy of the output and, in TRAIN steps, this share of that of each side output. */
    static Recipe.Criterion withHeads(double share, String... heads) {
        return model -> (output, target) -> {
            var loss = output.crossEntropy(target);
            for (var head : heads) {
                loss = output.step().mode() == Mode.TRAIN ? loss.add(model.output(head).crossEntropy(target).mul((float) share)) : loss;
            }
            return loss;
        };
    }

    /** Of the paper: momentum 0.9, the rate 4 % lower every 8 epochs, crops of 8 to 100 % of the area with sides of 3 : 4 to 4 : 3. */
    private static Recipe paper() {
        return new Recipe(60, 32, 0.01, Recipe.sgd(0.9, 2e-4), total -> Schedule.steps(Math.max(1, total * 8 / 60), 0.96))
                .augment(randomResizedCrop(224), flip(), colourJitter(0.4f, 0.4f, 0.4f, 0))
                .evaluate(resize(256), centreCrop(224))
                .differs("one machine instead of asynchronous ones; batch, rate, decay and epochs, which the paper does not say; no average"
                        + " of weights; one network and one crop are judged instead of seven and 144");
    }

    static Sequential original(int classes) {
        var layers = new ArrayList<Layer>(List.of(
                named("conv1", Inception.unit(conv2d(64, 7).stride(2).padding(3), false)),  // [3, 224, 224] -> [64, 112, 112]
                named("maxpool1", pool(3)), named("norm1", response()),  // -> [64, 56, 56]
                named("conv2", Inception.unit(conv2d(64, 1), false)),
                named("conv3", Inception.unit(conv2d(192, 3).padding(1), false)), named("norm2", response()),
                named("maxpool2", pool(3))));  // -> [192, 28, 28]
        layers.addAll(blocks(false, pool(3), head(classes, false)));  // -> [1024, 7, 7]
        layers.addAll(List.of(named("avgpool", globalAvgPool()), named("flatten", flatten()), named("dropout", dropout(0.4f)),
                named("fc", dense(classes).init(Init.xavierUniform()).biasInit(Init.constant(0)))));
        return sequential(layers);
    }

    static Sequential normalised(int classes, boolean heads) {
        var layers = new ArrayList<Layer>(List.of(
                named("conv1", Inception.unit(conv2d(64, 7).stride(2).padding(3), true)),
                named("maxpool1", pool(3)),
                named("conv2", Inception.unit(conv2d(64, 1), true)),
                named("conv3", Inception.unit(conv2d(192, 3).padding(1), true)),
                named("maxpool2", pool(3))));
        layers.addAll(blocks(true, pool(2), heads ? head(classes, true) : null));
        layers.addAll(List.of(named("avgpool", globalAvgPool()), named("flatten", flatten()), named("dropout", dropout(0.2f)),
                named("fc", dense(classes).init(Init.truncatedNormal(0.01f)))));
        return sequential(layers);
    }

    /** The nine blocks, two poolings between them, and a head (or null) behind the blocks 4a and 4d. */
    private static List<Layer> blocks(boolean normalised, Pooling lastPool, Layer head) {
        var layers = new ArrayList<Layer>();
        layers.add(named("inception3a", new Inception(64, 96, 128, 16, 32, 32, normalised)));  // [192, 28, 28] -> [256, 28, 28]
        layers.add(named("inception3b", new Inception(128, 128, 192, 32, 96, 64, normalised)));  // -> [480, 28, 28]
        layers.add(named("maxpool3", pool(3)));
        layers.add(named("inception4a", new Inception(192, 96, 208, 16, 48, 64, normalised)));  // -> [512, 14, 14]
        if (head != null) {
            layers.add(named("aux1", sideOutput(head)));
        }
        layers.add(named("inception4b", new Inception(160, 112, 224, 24, 64, 64, normalised)));  // -> [512, 14, 14]
        layers.add(named("inception4c", new Inception(128, 128, 256, 24, 64, 64, normalised)));  // -> [512, 14, 14]
        layers.add(named("inception4d", new Inception(112, 144, 288, 32, 64, 64, normalised)));  // -> [528, 14, 14]
        if (head != null) {
            layers.add(named("aux2", sideOutput(head)));
        }
        layers.add(named("inception4e", new Inception(256, 160, 320, 32, 128, 128, normalised)));  // -> [832, 14, 14]
        layers.add(named("maxpool4", lastPool));
        layers.add(named("inception5a", new Inception(256, 160, 320, 32, 128, 128, normalised)));  // -> [832, 7, 7]
        layers.add(named("inception5b", new Inception(384, 192, 384, 48, 128, 128, normalised)));  // -> [1024, 7, 7]
        return layers;
    }

    /** A classifier half way: 4x4 means of 14x14 places. */
    private static Sequential head(int classes, boolean normalised) {
        return sequential(
                named("pool", normalised ? adaptiveAvgPool2d(4) : avgPool2d(5).stride(3)),  // -> [c, 4, 4]
                named("conv", Inception.unit(conv2d(128, 1), normalised)),
                named("flatten", flatten()),
                named("fc1", dense(1024)), named("relu", relu()), named("dropout", dropout(0.7f)),
                named("fc2", dense(classes)));
    }

    /** The last window may reach over the edge. */
    private static Pooling pool(int kernel) {
        return maxPool2d(kernel).stride(2).ceil();
    }

    private static Layer response() {
        return localResponseNorm(5, 5e-4f, 0.75f, 1);
    }
}
