package fovea.zoo;

import static fovea.data.Augment.centreCrop;
import static fovea.data.Augment.flip;
import static fovea.data.Augment.pcaNoise;
import static fovea.data.Augment.randomCrop;
import static fovea.data.Augment.resize;
import static fovea.nn.Layers.adaptiveAvgPool2d;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.localResponseNorm;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.parallel;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.data.Normalise;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.op.Extents;
import fovea.optim.Schedule;
import java.util.List;

/**
 * AlexNet (Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks, 2012), which won ILSVRC 2012
 * by ten points: ReLU instead of tanh, dropout, and two GPUs of 3 GB each that had to share the network.
 *
 * <p>Two networks. The original is two towers, one for each GPU: they read each other's maps in the third convolution and in the dense
 * layers only. Local response normalisation, which sees the maps of its own GPU, follows the first two; pooling windows of 3x3 overlap,
 * as they are 2 apart. torchvision's variant, from Krizhevsky's later paper on training in parallel, is one tower of fewer filters
 * without normalisation.
 *
 * <p>The paper says 224x224, and its own figures say 227x227: 55 places of 11x11 windows that are 4 apart take 54 * 4 + 11 = 227 pixels,
 * and {@code (224 - 11) / 4 + 1} is 54.25. Either the input has 227 ({@code alexnet-2012}), or 3 rows and columns of zeros come to the
 * 224, one before and two behind ({@code alexnet-2012-224}): the weights are the same. torchvision pads by 2 on each side and rounds
 * {@code (224 + 4 - 11) / 4 + 1} = 55.25 down, which leaves one row out; with 227 pixels it is 56 places, and
 * averaging to 6x6 hides the difference from the dense layers.
 */
final class Alexnet {
    private Alexnet() {
    }

    static List<Zoo.Entry> entries() {
        var usual = Recipe.usual(30, 64, 0.01);
        return List.of(
                new Zoo.Entry("alexnet", "AlexNet in one tower, as in torchvision", Shape.of(3, 224, 224), 1000, Alexnet::oneTower, usual,
                        paper(224)),
                new Zoo.Entry("alexnet-2012", "AlexNet in two towers, as in the paper, for 227 x 227", Shape.of(3, 227, 227), 1000,
                        classes -> twoTowers(classes, 0), usual, originalPaper(227)),
                new Zoo.Entry("alexnet-2012-224", "AlexNet in two towers, as in the paper, for 224 x 224", Shape.of(3, 224, 224), 1000,
                        classes -> twoTowers(classes, 3), usual, originalPaper(224)));
    }

    /**
     * Weights decay by 0.0005, the rate is divided by 10 three times in 90 epochs. The mean is taken away and no deviation is divided by:
     * inputs are as large as bytes are, and weights of 0.01 fit that.
     */
    private static Recipe paper(int side) {
        return new Recipe(90, 128, 0.01, Recipe.sgd(0.9, 5e-4),
                total -> Schedule.multiStep(0.1, total / 4, total / 2, total * 3 / 4))
                .augment(resize(256), randomCrop(side, 0), flip(), pcaNoise())
                .evaluate(resize(256), centreCrop(side))
                .normalise(new Normalise(new float[] {0.485f, 0.456f, 0.406f}, new float[] {1 / 255f, 1 / 255f, 1 / 255f}))
                .init("*.weight", Init.normal(0.01f)).init("*.bias", Init.constant(0))
                .differs("the rate falls at a quarter, half and three quarters of all steps instead of when the error stands still; the"
                        + " mean colour of ImageNet is taken away instead of a mean image; one crop is judged instead of ten");
    }

    /** Ones as biases, which give ReLU something to pass on from the beginning, in convolutions 2, 4 and 5 and the hidden dense layers. */
    private static Recipe originalPaper(int side) {
        var recipe = paper(side);
        for (var layer : List.of("gpu?.conv2", "gpu?.conv4", "gpu?.conv5", "fc6", "fc7")) {
            recipe = recipe.init((layer.startsWith("gpu") ? "*." : "") + layer + ".bias", Init.constant(1));
        }
        return recipe;
    }

    /** @param missing rows and columns that an input has less than 227 */
    static Sequential twoTowers(int classes, int missing) {
        return sequential(
                named("early", parallel(named("gpu0", early(missing)), named("gpu1", early(missing)))),  // [3, 227, 227] -> [256, 13, 13]
                named("late", parallel(named("gpu0", late()), named("gpu1", late()))),  // -> [256, 6, 6]
                named("flatten", flatten()),
                named("fc6", dense(4096)), named("relu6", relu()), named("drop6", dropout(0.5f)),
                named("fc7", dense(4096)), named("relu7", relu()), named("drop7", dropout(0.5f)),
                named("fc8", dense(classes)));
    }

    /** One tower before the towers meet. */
    private static Layer early(int missing) {
        var conv1 = conv2d(48, 11).stride(4).padding(Extents.all(2, missing / 2), Extents.all(2, missing - missing / 2));
        return sequential(
                named("conv1", conv1), named("relu1", relu()),  // -> [48, 55, 55]
                named("norm1", response()), named("pool1", maxPool2d(3).stride(2)),  // -> [48, 27, 27]
                named("conv2", conv2d(128, 5).padding(2)), named("relu2", relu()),
                named("norm2", response()), named("pool2", maxPool2d(3).stride(2)));  // -> [128, 13, 13]
    }

    /** One tower behind: its first convolution reads the maps of both. */
    private static Layer late() {
        return sequential(
                named("conv3", conv2d(192, 3).padding(1)), named("relu3", relu()),
                named("conv4", conv2d(192, 3).padding(1)), named("relu4", relu()),
                named("conv5", conv2d(128, 3).padding(1)), named("relu5", relu()),
                named("pool5", maxPool2d(3).stride(2)));  // -> [128, 6, 6]
    }

    /** n = 5, k = 2, alpha = 1e-4 (of the sum; ours is divided by n) and beta = 0.75. */
    private static Layer response() {
        return localResponseNorm(5, 5e-4f, 0.75f, 2);
    }

    static Sequential oneTower(int classes) {
        return sequential(
                named("features", sequential(
                        conv2d(64, 11).stride(4).padding(2), relu(), maxPool2d(3).stride(2),  // [3, 224, 224] -> [64, 27, 27]
                        conv2d(192, 5).padding(2), relu(), maxPool2d(3).stride(2),  // -> [192, 13, 13]
                        conv2d(384, 3).padding(1), relu(),
                        conv2d(256, 3).padding(1), relu(),
                        conv2d(256, 3).padding(1), relu(), maxPool2d(3).stride(2))),  // -> [256, 6, 6]
                named("avgpool", adaptiveAvgPool2d(6)),
                named("flatten", flatten()),
                named("classifier", sequential(
                        dropout(0.5f), dense(4096), relu(),
                        dropout(0.5f), dense(4096), relu(),
                        dense(classes))));
    }
}
