package fovea.zoo;

import static fovea.data.Augment.centreCrop;
import static fovea.data.Augment.flip;
import static fovea.data.Augment.randomCrop;
import static fovea.data.Augment.resize;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.localResponseNorm;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.data.Normalise;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Pooling;
import fovea.nn.Sequential;
import fovea.optim.Schedule;
import java.util.List;

/**
 * ZFNet (Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, 2013), the winner of ILSVRC 2013: AlexNet after its
 * authors had looked inside with deconvolution networks. They saw dead and aliased filters in the first layers, made the first windows
 * smaller (7x7 for 11x11) and set them closer (2 apart for 4), and put the two towers together.
 *
 * <p>Faithful: all sizes of the paper's figure 3 (110, 55, 26, 13, 13, 13, 13, 6), one pixel of padding around 224 and windows of
 * pooling that may reach over the edge being the arithmetic that gives them. The paper says no more of contrast normalisation than that
 * it follows the first two poolings; here it is AlexNet's.
 */
final class Zfnet {
    private Zfnet() {
    }

    static List<Zoo.Entry> entries() {
        return List.of(new Zoo.Entry("zfnet", "ZFNet, AlexNet with smaller first windows", Shape.of(3, 224, 224), 1000, Zfnet::network,
                Recipe.usual(30, 64, 0.01), paper()));
    }

    private static Recipe paper() {
        return new Recipe(70, 128, 0.01, Recipe.sgd(0.9, 0), total -> Schedule.multiStep(0.1, total / 4, total / 2, total * 3 / 4))
                .augment(resize(256), randomCrop(224, 0), flip())
                .evaluate(resize(256), centreCrop(224))
                .normalise(new Normalise(new float[] {0.485f, 0.456f, 0.406f}, new float[] {1 / 255f, 1 / 255f, 1 / 255f}))
                .init("*.weight", Init.normal(0.01f)).init("*.bias", Init.constant(0))
                .differs("the rate falls at fixed steps instead of by hand; crops come from anywhere instead of five places; filters of the"
                        + " first layer are not cut back to a length of 0.1; a mean colour is taken away instead of a mean image");
    }

    static Sequential network(int classes) {
        return sequential(
                named("conv1", conv2d(96, 7).stride(2).padding(1)), named("relu1", relu()),  // [3, 224, 224] -> [96, 110, 110]
                named("pool1", pool()), named("norm1", contrast()),  // -> [96, 55, 55]
                named("conv2", conv2d(256, 5).stride(2)), named("relu2", relu()),  // -> [256, 26, 26]
                named("pool2", pool()), named("norm2", contrast()),  // -> [256, 13, 13]
                named("conv3", conv2d(384, 3).padding(1)), named("relu3", relu()),
                named("conv4", conv2d(384, 3).padding(1)), named("relu4", relu()),
                named("conv5", conv2d(256, 3).padding(1)), named("relu5", relu()),
                named("pool5", pool()),  // -> [256, 6, 6]
                named("flatten", flatten()),
                named("fc6", dense(4096)), named("relu6", relu()), named("drop6", dropout(0.5f)),
                named("fc7", dense(4096)), named("relu7", relu()), named("drop7", dropout(0.5f)),
                named("fc8", dense(classes)));
    }

    private static Pooling pool() {
        return maxPool2d(3).stride(2).ceil();
    }

    private static Layer contrast() {
        return localResponseNorm(5, 5e-4f, 0.75f, 2);
    }
}
