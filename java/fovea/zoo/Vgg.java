package fovea.zoo;

import static fovea.data.Augment.centreCrop;
import static fovea.data.Augment.flip;
import static fovea.data.Augment.pcaNoise;
import static fovea.data.Augment.randomCrop;
import static fovea.data.Augment.resize;
import static fovea.nn.Layers.adaptiveAvgPool2d;
import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * VGG (Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014): nothing but 3x3 convolutions, and
 * 2x2 max-pooling where the channels double. Two 3x3 convolutions see 5x5 places and three see 7x7, with fewer weights (27 c² against
 * 49 c²) and a ReLU after each. Nine tenths of the weights are in the three dense layers.
 *
 * <pre>
 * size   224     112      56            28             14            7
 * 11     64      128      256 256       512 512        512 512       4096 4096 classes
 * 13     64 64   128 128  256 256       512 512        512 512
 * 16     64 64   128 128  256 256 256   512 512 512    512 512 512
 * 19     64 64   128 128  256 x 4       512 x 4        512 x 4
 * </pre>
 *
 * <p>Faithful: columns A, B, D and E of the paper's table. Modern, as in torchvision: parameters begin as He et al. 2015 say, where the
 * paper began deep networks with the trained layers of shallow ones (and found afterwards that Glorot's initialization needs no such
 * help); the features are averaged to 7x7 before the dense layers, so that every input from 32x32 on fits; and a variant normalises
 * every batch.
 */
final class Vgg {
    /** How many convolutions of 64, 128, 256, 512 and 512 filters. */
    private static final int[] BLOCKS_11 = {1, 1, 2, 2, 2};
    private static final int[] BLOCKS_13 = {2, 2, 2, 2, 2};
    private static final int[] BLOCKS_16 = {2, 2, 3, 3, 3};
    private static final int[] BLOCKS_19 = {2, 2, 4, 4, 4};

    private Vgg() {
    }

    static List<Zoo.Entry> entries() {
        return List.of(entry(11, BLOCKS_11, false), entry(13, BLOCKS_13, false), entry(16, BLOCKS_16, false),
                entry(19, BLOCKS_19, false), entry(11, BLOCKS_11, true), entry(13, BLOCKS_13, true), entry(16, BLOCKS_16, true),
                entry(19, BLOCKS_19, true));
    }

    private static Zoo.Entry entry(int depth, int[] blocks, boolean normalised) {
        return new Zoo.Entry("vgg" + depth + (normalised ? "-bn" : ""),
                "VGG-" + depth + (normalised ? " with batch norm, as in torchvision" : ", as in torchvision"), Shape.of(3, 224, 224), 1000,
                classes -> network(classes, blocks, normalised), Recipe.usual(30, 64, normalised ? 0.05 : 0.01), PAPER);
    }

    /** 370,000 steps of 256 images in 74 epochs. The paper divides the rate when the error stands still, which happened three times. */
    private static final Recipe PAPER = new Recipe(74, 256, 0.01, Recipe.sgd(0.9, 5e-4),
            total -> Schedule.multiStep(0.1, total / 4, total / 2, total * 3 / 4))
            .augment(resize(256), randomCrop(224, 0), flip(), pcaNoise())
            .evaluate(resize(256), centreCrop(224))
            .init("features", Init.xavierNormal()).init("classifier", Init.xavierNormal()).init("*.bias", Init.constant(0))
            .differs("the rate falls at a quarter, half and three quarters of all steps instead of when the error stands still; images are"
                    + " scaled to 256 only, not to 256..512; one crop is judged instead of a dense grid");

    static Sequential network(int classes, int[] blocks, boolean normalised) {
        return sequential(
                named("features", sequential(features(blocks, normalised))),  // [3, 224, 224] -> [512, 7, 7]
                named("avgpool", adaptiveAvgPool2d(7)),
                named("flatten", flatten()),
                named("classifier", sequential(
                        fullyConnected(4096), relu(), dropout(0.5f),
                        fullyConnected(4096), relu(), dropout(0.5f),
                        fullyConnected(classes))));
    }

    private static List<Layer> features(int[] blocks, boolean normalised) {
        var layers = new ArrayList<Layer>();
        for (var block = 0; block < blocks.length; block++) {
            var filters = Math.min(64 << block, 512);
            for (var i = 0; i < blocks[block]; i++) {
                layers.add(conv2d(filters, 3).padding(1).init(Init.kaimingNormal().fan(Init.Fan.OUT)).biasInit(Init.constant(0)));
                if (normalised) {
                    layers.add(batchNorm());
                }
                layers.add(relu());
            }
            layers.add(maxPool2d(2));
        }
        return layers;
    }

    private static Layer fullyConnected(int outputs) {
        return dense(outputs).init(Init.normal(0.01f)).biasInit(Init.constant(0));
    }
}
