package fovea.zoo;

import static fovea.data.Augment.centreCrop;
import static fovea.data.Augment.colourJitter;
import static fovea.data.Augment.flip;
import static fovea.data.Augment.randomResizedCrop;
import static fovea.data.Augment.resize;
import static fovea.nn.Layers.avgPool2d;
import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.parallel;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;
import static fovea.nn.Layers.sideOutput;

import fovea.Mode;
import fovea.Shape;
import fovea.nn.Convolution;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Pooling;
import fovea.nn.Sequential;
import fovea.op.CrossEntropy;
import fovea.optim.RmsProp;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * Inception-v3 (Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, 2015). Large windows
 * are taken apart: 5x5 into two of 3x3, 7x7 into 1x7 and 7x1, and at last 3x3 into 1x3 and 3x1 side by side. Maps shrink by convolution
 * and pooling in parallel, so that nothing is squeezed; labels are smoothed; one head half way helps, as its batch norm regularizes.
 *
 * <p>Faithful to the published weights, and so to the code that made them, of which the paper tells less (it says 42 layers and gives
 * the sizes); names, sizes and epsilon are torchvision's. {@code inception-v3} has the head, {@code inception-v3-no-aux} has not.
 */
final class InceptionV3 {
    private InceptionV3() {
    }

    static List<Zoo.Entry> entries() {
        var usual = Recipe.usual(30, 32, 0.02);
        var input = Shape.of(3, 299, 299);
        return List.of(
                new Zoo.Entry("inception-v3", "Inception-v3 with its auxiliary head, as in torchvision", input, 1000,
                        classes -> network(classes, true), usual.loss(Googlenet.withHeads(0.4, "AuxLogits")), paper("AuxLogits")),
                new Zoo.Entry("inception-v3-no-aux", "Inception-v3 without a head half way", input, 1000,
                        classes -> network(classes, false), usual, paper()));
    }

    /** RMSProp with decay 0.9 and epsilon 1, the rate times 0.94 every second epoch, gradients no longer than 2, labels smoothed by 0.1. */
    private static Recipe paper(String... heads) {
        return new Recipe(100, 32, 0.045, (model, rate) -> {
            var rms = new RmsProp(model.parameters(), new RmsProp.Options(rate).alpha(0.9).eps(1).momentum(0.9));
            rms.clipNorm(2);
            return rms;
        }, total -> Schedule.steps(Math.max(1, total / 50), 0.94))
                .augment(randomResizedCrop(299), flip(), colourJitter(0.4f, 0.4f, 0.4f, 0))
                .evaluate(resize(342), centreCrop(299))
                .loss(smoothed(heads))
                .differs("one machine instead of 50 replicas, whose rate this is; no average of weights; one crop is judged");
    }

    private static Recipe.Criterion smoothed(String... heads) {
        var entropy = CrossEntropy.MEAN.smoothing(0.1f);
        return model -> (output, target) -> {
            var loss = output.crossEntropy(entropy, target);
            for (var head : heads) {
                loss = output.step().mode() == Mode.TRAIN ? loss.add(model.output(head).crossEntropy(entropy, target).mul(0.4f)) : loss;
            }
            return loss;
        };
    }

    static Sequential network(int classes, boolean head) {
        var layers = new ArrayList<Layer>(List.of(
                unit("Conv2d_1a_3x3", conv2d(32, 3).stride(2)),  // [3, 299, 299] -> [32, 149, 149]
                unit("Conv2d_2a_3x3", conv2d(32, 3)),
                unit("Conv2d_2b_3x3", conv2d(64, 3).padding(1)),  // -> [64, 147, 147]
                named("maxpool1", maxPool2d(3).stride(2)),
                unit("Conv2d_3b_1x1", conv2d(80, 1)),
                unit("Conv2d_4a_3x3", conv2d(192, 3)),  // -> [192, 71, 71]
                named("maxpool2", maxPool2d(3).stride(2)),
                named("Mixed_5b", blockA(32)), named("Mixed_5c", blockA(64)), named("Mixed_5d", blockA(64)),  // -> [288, 35, 35]
                named("Mixed_6a", reductionB()),  // -> [768, 17, 17]
                named("Mixed_6b", blockC(128)), named("Mixed_6c", blockC(160)), named("Mixed_6d", blockC(160)),
                named("Mixed_6e", blockC(192))));  // -> [768, 17, 17]
        if (head) {
            layers.add(named("AuxLogits", sideOutput(head(classes))));
        }
        layers.addAll(List.of(
                named("Mixed_7a", reductionD()),  // -> [1280, 8, 8]
                named("Mixed_7b", blockE()), named("Mixed_7c", blockE()),  // -> [2048, 8, 8]
                named("avgpool", globalAvgPool()), named("dropout", dropout(0.5f)), named("flatten", flatten()),
                named("fc", dense(classes).init(Init.truncatedNormal(0.1f)))));
        return sequential(layers);
    }

    /** 1x1, 5x5, two of 3x3, and pooling. */
    private static Layer blockA(int pooled) {
        return parallel(
                unit("branch1x1", conv2d(64, 1)),
                chain(unit("branch5x5_1", conv2d(48, 1)), unit("branch5x5_2", conv2d(64, 5).padding(2))),
                chain(unit("branch3x3dbl_1", conv2d(64, 1)), unit("branch3x3dbl_2", conv2d(96, 3).padding(1)),
                        unit("branch3x3dbl_3", conv2d(96, 3).padding(1))),
                pooled(pooled));
    }

    /** Half the size: two ways of convolution, and pooling. */
    private static Layer reductionB() {
        return parallel(
                unit("branch3x3", conv2d(384, 3).stride(2)),
                chain(unit("branch3x3dbl_1", conv2d(64, 1)), unit("branch3x3dbl_2", conv2d(96, 3).padding(1)),
                        unit("branch3x3dbl_3", conv2d(96, 3).stride(2))),
                named("pool", maxPool2d(3).stride(2)));
    }

    /** 7x7 as 1x7 and 7x1, once and twice. */
    private static Layer blockC(int inner) {
        return parallel(
                unit("branch1x1", conv2d(192, 1)),
                chain(unit("branch7x7_1", conv2d(inner, 1)), unit("branch7x7_2", row(inner, 7)), unit("branch7x7_3", column(192, 7))),
                chain(unit("branch7x7dbl_1", conv2d(inner, 1)), unit("branch7x7dbl_2", column(inner, 7)),
                        unit("branch7x7dbl_3", row(inner, 7)), unit("branch7x7dbl_4", column(inner, 7)),
                        unit("branch7x7dbl_5", row(192, 7))),
                pooled(192));
    }

    private static Layer reductionD() {
        return parallel(
                chain(unit("branch3x3_1", conv2d(192, 1)), unit("branch3x3_2", conv2d(320, 3).stride(2))),
                chain(unit("branch7x7x3_1", conv2d(192, 1)), unit("branch7x7x3_2", row(192, 7)), unit("branch7x7x3_3", column(192, 7)),
                        unit("branch7x7x3_4", conv2d(192, 3).stride(2))),
                named("pool", maxPool2d(3).stride(2)));
    }

    /** 3x3 as 1x3 and 3x1 side by side: on the coarsest maps, many features of few places. */
    private static Layer blockE() {
        return parallel(
                unit("branch1x1", conv2d(320, 1)),
                chain(unit("branch3x3_1", conv2d(384, 1)),
                        named("", parallel(unit("branch3x3_2a", row(384, 3)), unit("branch3x3_2b", column(384, 3))))),
                chain(unit("branch3x3dbl_1", conv2d(448, 1)), unit("branch3x3dbl_2", conv2d(384, 3).padding(1)),
                        named("", parallel(unit("branch3x3dbl_3a", row(384, 3)), unit("branch3x3dbl_3b", column(384, 3))))),
                pooled(192));
    }

    private static Layer head(int classes) {
        return sequential(
                named("pool", avgPool2d(5).stride(3)),  // [768, 17, 17] -> [768, 5, 5]
                unit("conv0", conv2d(128, 1)),
                named("conv1", batched(conv2d(768, 5), 0.01f)),  // -> [768, 1, 1]
                named("means", globalAvgPool()), named("flatten", flatten()),
                named("fc", dense(classes).init(Init.truncatedNormal(0.001f))));
    }

    private static Layer pooled(int filters) {
        Pooling means = avgPool2d(3).stride(1).padding(1);
        return chain(named("pool", means), unit("branch_pool", conv2d(filters, 1)));
    }

    /** Layers whose names stand in the block itself, as in torchvision. */
    private static Layer chain(Layer... layers) {
        return named("", sequential(layers));
    }

    private static Layer unit(String name, Convolution convolution) {
        return named(name, batched(convolution, 0.1f));
    }

    private static Sequential batched(Convolution convolution, float deviation) {
        return sequential(named("conv", convolution.bias(false).init(Init.truncatedNormal(deviation))),
                named("bn", batchNorm().epsilon(1e-3f)), named("relu", relu()));
    }

    /** A window of 1 x width. */
    private static Convolution row(int filters, int width) {
        return conv2d(filters, 1, width).padding(0, width / 2);
    }

    /** A window of height x 1. */
    private static Convolution column(int filters, int height) {
        return conv2d(filters, height, 1).padding(height / 2, 0);
    }
}
