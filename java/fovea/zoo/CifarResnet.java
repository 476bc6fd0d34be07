package fovea.zoo;

import static fovea.data.Augment.flip;
import static fovea.data.Augment.normalise;
import static fovea.data.Augment.randomCrop;
import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.identity;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.data.Cifar;
import fovea.nn.Convolution;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Residual networks for small pictures (CIFAR-10).
 *
 * <ul>
 * <li>ResNet-20, 32, 44, 56, 110: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, section 4.2. 6n + 2
 * layers in three stages of 16, 32 and 64 filters. Shortcuts have no parameters (option A): where a stage begins they keep every second
 * place and pad the missing channels with zeros. That is all from the paper; of the zeros, half stand before the channels and half behind
 * them, so that the well-known weights of others fit. From the 8,000 training images of a subset of CIFAR-10 alone, ResNet-20 learns in 30
 * epochs to name 78.5 % of its 2,000 test images rightly, with the default recipe.
 * <li>Pre-activation ResNet-110 and 164: He, Zhang, Ren, Sun, "Identity mappings in deep residual networks", ECCV 2016. Norm and ReLU stand
 * before each convolution, so that nothing but additions lies on the way from block to block. 164 has bottlenecks. Shortcuts with
 * another shape are 1x1 convolutions that read what the block's first norm gives.
 * <li>Wide ResNets: Zagoruyko and Komodakis, "Wide residual networks", BMVC 2016: pre-activation blocks with fewer layers of more
 * filters; WRN-d-k has d layers of k times the filters, and dropout between the two convolutions of a block.
 * </ul>
 */
final class CifarResnet {
    private static final Shape IMAGE = Shape.of(3, 32, 32);
    private static final Init HE = Init.kaimingNormal().fan(Init.Fan.OUT);
    /** Share dropped between the convolutions of a wide block. */
    private static final float WIDE_DROPOUT = 0.3f;

    private CifarResnet() {
    }

    static List<Zoo.Entry> entries() {
        var entries = new ArrayList<Zoo.Entry>();
        for (var depth : new int[] {20, 32, 44, 56, 110}) {
            // 110 layers do not begin to learn at 0.1: the paper starts it at 0.01, for about an epoch.
            var recipe = depth < 110 ? paper() : warmed(paper());
            entries.add(entry("resnet" + depth + "-cifar", "ResNet-%d for 32x32 pictures".formatted(depth),
                    classes -> original(classes, (depth - 2) / 6), recipe));
        }
        entries.add(entry("preresnet110", "ResNet-110 with pre-activation, for 32x32 pictures",
                classes -> preActivated(classes, 18, 1, (filters, stride, changes) -> preBasic(filters, stride, changes, 0), false),
                warmed(paper())));
        entries.add(entry("preresnet164", "ResNet-164 with pre-activation and bottlenecks, for 32x32 pictures",
                classes -> preActivated(classes, 18, 1, CifarResnet::preBottleneck, false), warmed(paper())));
        for (var size : new int[][] {{16, 8}, {28, 10}, {40, 4}}) {
            entries.add(entry("wrn-%d-%d".formatted(size[0], size[1]), "wide ResNet: %d layers, %d times the filters".formatted(
                    size[0], size[1]),
                    classes -> preActivated(classes, (size[0] - 4) / 6, size[1],
                            (filters, stride, changes) -> preBasic(filters, stride, changes, WIDE_DROPOUT), true),
                    wide()));
        }
        return entries;
    }

    private static Zoo.Entry entry(String name, String about, java.util.function.IntFunction<? extends Layer> layers, Recipe paper) {
        return new Zoo.Entry(name, about, IMAGE, 10, layers, prepared(Recipe.usual(30, 128, 0.2)), paper);
    }

    // ---- recipes -------------------------------------------------------------------------------------------------------------

    private static Recipe prepared(Recipe recipe) {
        return recipe.augment(randomCrop(32, 4), flip()).normalise(normalise(Cifar.mean(), Cifar.deviation()));
    }

    /** 64,000 steps of 128 pictures, a tenth of the rate from step 32,000 and again from 48,000. */
    private static Recipe paper() {
        return prepared(new Recipe(164, 128, 0.1, Recipe.sgd(0.9, 1e-4), total -> Schedule.multiStep(0.1, total / 2, total * 3 / 4)))
                .differs("channels are normalised instead of taking away the mean picture");
    }

    private static Recipe warmed(Recipe recipe) {
        return prepared(new Recipe(recipe.epochs(), recipe.batch(), recipe.rate(), recipe.optimizer(),
                total -> Schedule.constant().warmUp(total / 160, 0.1).then(total / 160, recipe.schedule().apply(total))))
                .differs(recipe.differs() + "; the rate grows from 0.01 for an epoch instead of staying there");
    }

    private static Recipe wide() {
        return prepared(new Recipe(200, 128, 0.1,
                (model, rate) -> new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 5e-4).nesterov(true)),
                total -> Schedule.multiStep(0.2, total * 3 / 10, total * 6 / 10, total * 8 / 10)));
    }

    // ---- the network of 2015 ---------------------------------------------------------------------------------------------------

    private static Sequential original(int classes, int n) {
        return sequential(
                named("conv1", conv3x3(16, 1)), named("bn1", batchNorm()), named("relu", relu()),  // [3, 32, 32] -> [16, 32, 32]
                named("layer1", stage(n, 1, (stride, first) -> basic(16, stride))),
                named("layer2", stage(n, 2, (stride, first) -> basic(32, stride))),  //                            -> [32, 16, 16]
                named("layer3", stage(n, 2, (stride, first) -> basic(64, stride))),  //                            -> [64, 8, 8]
                named("avgpool", globalAvgPool()), named("flatten", flatten()), named("linear", dense(classes).init(Init.kaimingNormal())));
    }

    @FunctionalInterface
    private interface StageBlock {
        Layer of(int stride, boolean first);
    }

    private static Sequential stage(int depth, int stride, StageBlock block) {
        return sequential(IntStream.range(0, depth).mapToObj(i -> block.of(i == 0 ? stride : 1, i == 0)).toList());
    }

    private static Layer basic(int filters, int stride) {
        var body = sequential(
                named("conv1", conv3x3(filters, stride)), named("bn1", batchNorm()), named("relu", relu()),
                named("conv2", conv3x3(filters, 1)), named("bn2", batchNorm()));
        return residual(body, stride == 1 ? identity() : new PaddedShortcut(filters, stride)).activation(relu()).names("", "shortcut");
    }

    // ---- pre-activation --------------------------------------------------------------------------------------------------------

    /** Makes one block: its base width, its stride, and whether its input has another shape than its output. */
    @FunctionalInterface
    private interface PreBlock {
        Layer of(int filters, int stride, boolean changes);
    }

    /** @param wide the stem has 16 filters and the stages 16 k, so even the first stage changes the shape where k is above 1 */
    private static Sequential preActivated(int classes, int n, int k, PreBlock block, boolean wide) {
        // Bottlenecks change the number of channels in the first stage too.
        var grows = wide && k > 1 || !wide && block.of(16, 1, true).outputShape(Shape.of(16, 8, 8)).dim(0) > 16;
        return sequential(
                named("conv1", conv3x3(16, 1)),  //                                                    [3, 32, 32] -> [16, 32, 32]
                named("layer1", stage(n, 1, (stride, first) -> block.of(16 * k, stride, first && grows))),
                named("layer2", stage(n, 2, (stride, first) -> block.of(32 * k, stride, first))),
                named("layer3", stage(n, 2, (stride, first) -> block.of(64 * k, stride, first))),  //  -> [64 or more, 8, 8]
                named("bn", batchNorm()), named("relu", relu()),
                named("avgpool", globalAvgPool()), named("flatten", flatten()), named("fc", dense(classes)));
    }

    private static Layer preBasic(int filters, int stride, boolean changes, float dropout) {
        var body = new ArrayList<Layer>(List.of(
                named("conv1", conv3x3(filters, stride)), named("bn2", batchNorm()), named("relu2", relu())));
        if (dropout > 0) {
            body.add(named("dropout", dropout(dropout)));
        }
        body.add(named("conv2", conv3x3(filters, 1)));
        return preAdded(body, filters, stride, changes);
    }

    private static Layer preBottleneck(int width, int stride, boolean changes) {
        var body = List.<Layer>of(
                named("conv1", conv1x1(width, 1)), named("bn2", batchNorm()), named("relu2", relu()),
                named("conv2", conv3x3(width, stride)), named("bn3", batchNorm()), named("relu3", relu()),
                named("conv3", conv1x1(4 * width, 1)));
        return preAdded(body, 4 * width, stride, changes);
    }

    /** The first norm and ReLU belong to the body alone where the shortcut is the identity, and to both where it is a convolution. */
    private static Layer preAdded(List<Layer> body, int filters, int stride, boolean changes) {
        var first = List.<Layer>of(named("bn1", batchNorm()), named("relu1", relu()));
        if (changes) {
            var sum = residual(sequential(body), conv1x1(filters, stride)).names("", "shortcut");
            return sequential(first.get(0), first.get(1), named("", sum));
        }
        var all = new ArrayList<>(first);
        all.addAll(body);
        return residual(sequential(all), identity()).names("", "shortcut");
    }

    private static Convolution conv1x1(int filters, int stride) {
        return conv2d(filters, 1).stride(stride).bias(false).init(HE);
    }

    private static Convolution conv3x3(int filters, int stride) {
        return conv2d(filters, 3).stride(stride).padding(1).bias(false).init(HE);
    }
}
