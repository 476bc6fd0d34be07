package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.channelDropout;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.convTranspose2d;
import static fovea.nn.Layers.identity;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.parallel;
import static fovea.nn.Layers.prelu;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.Tensor;
import fovea.nn.Convolution;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.op.CrossEntropy;
import fovea.optim.Adam;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * ENet: Paszke, Chaurasia, Kim, Culurciello, "ENet: a deep neural network architecture for real-time semantic segmentation", 2016. Gives a
 * score for every class at every place of the picture: [3, h, w] -> [classes, h, w], with h and w multiples of 8.
 *
 * <p>Faithful in all its parts: the initial block of convolution and pooling side by side; bottlenecks with regular, dilated and
 * asymmetric convolutions in the paper's order; PReLU with a slope for each channel in the encoder and ReLU in the decoder; channels
 * dropped as a whole; down-sampling that pads the pooled channels with zeros, and up-sampling that puts every value back where the encoder
 * found its maximum. No convolution but the last has a bias. The paper is silent on the size of the last, transposed convolution; here
 * it is the 2x2 of the authors' code.
 *
 * <p>Taught for 1,200 steps of 10 pictures to tell discs, squares and triangles apart, whose colours say nothing, it reaches a mean
 * intersection over union of 0.83 on new pictures of 64 x 64.
 *
 * <p>Encoder and decoder lie within each other as {@link EnetLevel}, since what one pools the other has to undo.
 */
final class Enet {
    private Enet() {
    }

    static List<Zoo.Entry> entries() {
        var paper = new Recipe(300, 10, 5e-4,
                (model, rate) -> new Adam(model.parameters(), new Adam.Options(rate).decay(2e-4)), _ -> Schedule.constant())
                .loss(_ -> Enet::rareClassesCountMore)
                .differs("encoder and decoder learn together instead of one after the other; a class's weight is made of its share of a "
                        + "batch instead of all pictures; the paper names no number of epochs");
        var usual = new Recipe(30, 10, 2e-3, (model, rate) -> new Adam(model.parameters(), new Adam.Options(rate)), Schedule::oneCycle)
                .loss(_ -> Enet::rareClassesCountMore);
        return List.of(new Zoo.Entry("enet", "ENet, which names a class for every place", Shape.of(3, 512, 512), 20, Enet::network, usual,
                paper));
    }

    /** Cross-entropy with the paper's weights, 1 / ln(1.02 + share of all places): without them ground is all that is learned for long. */
    static Tensor rareClassesCountMore(Tensor scores, Tensor ids) {
        var weights = new float[(int) scores.shape().dim(1)];
        var places = ids.toIntArray();
        for (var id : places) {
            // Other ids are ignored, or refused by the loss.
            if (id >= 0 && id < weights.length) {
                weights[id]++;
            }
        }
        for (var c = 0; c < weights.length; c++) {
            weights[c] = (float) (1 / Math.log(1.02 + weights[c] / places.length));
        }
        return scores.step().apply(CrossEntropy.MEAN, scores, ids, scores.step().of(Shape.of(weights.length), weights));
    }

    private static Sequential network(int classes) {
        var stage1 = new ArrayList<Layer>();
        for (var i = 1; i <= 4; i++) {
            stage1.add(named("bottleneck1_" + i, bottleneck(64, regular(16), 0.01f)));
        }
        stage1.add(named("level2", EnetLevel.of(64, 128, 0.1f, sequential(stages2And3()))));  // -> [128, 64, 64] -> [64, 128, 128]
        stage1.add(named("bottleneck4_1", decoding(64)));
        stage1.add(named("bottleneck4_2", decoding(64)));
        return sequential(
                named("initial", initial()),  //                                           [3, 512, 512] -> [16, 256, 256]
                named("level1", EnetLevel.of(16, 64, 0.01f, sequential(stage1))),  //         -> [64, 128, 128] -> [16, 256, 256]
                named("bottleneck5_1", decoding(16)),
                named("fullconv", convTranspose2d(classes, 2).stride(2)));  //             -> [classes, 512, 512]
    }

    private static Sequential initial() {
        return sequential(
                named("", parallel(named("conv", conv2d(13, 3).stride(2).padding(1).bias(false)), named("pool", maxPool2d(2)))),
                named("bn", batchNorm()), named("prelu", prelu().perChannel(true)));
    }

    private static List<Layer> stages2And3() {
        var layers = new ArrayList<Layer>();
        for (var stage = 2; stage <= 3; stage++) {
            var kinds = List.of(regular(32), dilated(2), asymmetric(), dilated(4), regular(32), dilated(8), asymmetric(), dilated(16));
            for (var i = 0; i < kinds.size(); i++) {
                // Stage 3 repeats stage 2 without its down-sampling, which is number 0 of both.
                layers.add(named("bottleneck%d_%d".formatted(stage, stage == 2 ? i + 1 : i), bottleneck(128, kinds.get(i), 0.1f)));
            }
        }
        return layers;
    }

    private static List<Layer> regular(int filters) {
        return List.of(named("conv", conv2d(filters, 3).padding(1).bias(false)));
    }

    private static List<Layer> dilated(int distance) {
        return List.of(named("conv", conv2d(32, 3).padding(distance).dilation(distance).bias(false)));
    }

    private static List<Layer> asymmetric() {
        return List.of(named("conv5x1", conv2d(32, 5, 1).padding(2, 0).bias(false)),
                named("conv1x5", conv2d(32, 1, 5).padding(0, 2).bias(false)));
    }

    /** The middle convolutions work on a quarter of the channels. */
    private static Layer bottleneck(int filters, List<Layer> middle, float dropped) {
        return residual(extension(conv1x1(filters / 4), middle, filters, dropped, true), identity())
                .activation(prelu().perChannel(true)).names("", "shortcut");
    }

    private static Layer decoding(int filters) {
        return residual(extension(conv1x1(filters / 4), regular(filters / 4), filters, 0.1f, false), identity()).activation(relu())
                .names("", "shortcut");
    }

    /** What is added: to fewer channels, filtered there, and to as many as are wanted. */
    static Sequential extension(Layer reduce, List<Layer> middle, int filters, float dropped, boolean encoder) {
        var layers = new ArrayList<Layer>(List.of(named("reduce", reduce), named("bn1", batchNorm()), named("act1", activation(encoder))));
        layers.addAll(middle);
        layers.addAll(List.of(named("bn2", batchNorm()), named("act2", activation(encoder)),
                named("expand", conv1x1(filters)), named("bn3", batchNorm()), named("dropout", channelDropout(dropped))));
        return sequential(layers);
    }

    static Layer activation(boolean encoder) {
        return encoder ? prelu().perChannel(true) : relu();
    }

    static Convolution conv1x1(int filters) {
        return conv2d(filters, 1).bias(false);
    }
}
