package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.identity;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Convolution;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Layers;
import fovea.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/**
 * Residual networks for ImageNet. A block computes what is to be added to its input instead of its output, so that gradients have a
 * way around every block and a hundred layers can be trained.
 *
 * <ul>
 * <li>ResNet-18 to 152: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016. Layers, widths and shortcuts (a
 * 1x1 convolution only where the shape changes, the paper's option B) are the paper's. One thing is not: a bottleneck strides in its
 * 3x3 convolution instead of its first 1x1, which would never look at three quarters of its input. Facebook's implementation began
 * that, torchvision and all published figures since follow it. {@code resnet50-v1} is the network of the paper.
 * <li>Wide ResNet-50-2: Zagoruyko and Komodakis, "Wide residual networks", BMVC 2016: the 3x3 convolutions of bottlenecks twice as wide.
 * <li>ResNeXt-50 32x4d: Xie et al., "Aggregated residual transformations", CVPR 2017: 32 groups in the 3x3 convolution, each 4 channels
 * wide at first. The paper's three equivalent forms; this is the third.
 * <li>SE-ResNet-50: Hu, Shen, Sun, "Squeeze-and-excitation networks", CVPR 2018: before it is added, every channel of a block is
 * weighted by what two small layers make of the means of all its channels.
 * </ul>
 *
 * Names are those of torchvision, weights begin as there: He's normal distribution over the fan out, which the paper announces.
 */
final class Resnet {
    private static final Shape IMAGE = Shape.of(3, 224, 224);
    private static final Init HE = Init.kaimingNormal().fan(Init.Fan.OUT);

    private Resnet() {
    }

    static List<Zoo.Entry> entries() {
        var paper = ImageNet.paper(120, 256, 0.1, 1e-4, 30).differs(
                "short sides of 256 instead of 256 to 480, rates fall after 30, 60 and 90 epochs and not where the error stands still");
        var senet = ImageNet.paper(100, 1024, 0.6, 1e-4, 30);
        return List.of(
                entry("resnet18", "ResNet-18", classes -> network(classes, Resnet::basic, 2, 2, 2, 2), paper),
                entry("resnet34", "ResNet-34", classes -> network(classes, Resnet::basic, 3, 4, 6, 3), paper),
                entry("resnet50", "ResNet-50", classes -> network(classes, bottlenecks(1, 64), 3, 4, 6, 3), paper),
                entry("resnet101", "ResNet-101", classes -> network(classes, bottlenecks(1, 64), 3, 4, 23, 3), paper),
                entry("resnet152", "ResNet-152", classes -> network(classes, bottlenecks(1, 64), 3, 8, 36, 3), paper),
                entry("resnet50-v1", "ResNet-50 with strides where the paper has them",
                        classes -> network(classes, Resnet::strideFirst, 3, 4, 6, 3), paper),
                entry("wide-resnet50-2", "ResNet-50 with 3x3 convolutions of twice the width",
                        classes -> network(classes, bottlenecks(1, 128), 3, 4, 6, 3), paper),
                entry("resnext50-32x4d", "ResNeXt-50 with 32 groups of width 4",
                        classes -> network(classes, bottlenecks(32, 4), 3, 4, 6, 3), paper),
                entry("se-resnet50", "ResNet-50 with squeeze and excitation", classes -> network(classes, Resnet::excited, 3, 4, 6, 3),
                        senet));
    }

    private static Zoo.Entry entry(String name, String about, java.util.function.IntFunction<? extends Layer> layers, Recipe paper) {
        return new Zoo.Entry(name, about, IMAGE, 1000, layers, ImageNet.usual(), paper);
    }

    /** Makes one block: its base width, its stride, and whether it begins a stage. */
    @FunctionalInterface
    interface BlockMaker {
        Layer of(int width, int stride, boolean first);
    }

    /** Four stages behind a stem; each halves height and width and doubles the base width. */
    private static Sequential network(int classes, BlockMaker block, int... depths) {
        return sequential(
                named("conv1", conv2d(64, 7).stride(2).padding(3).bias(false).init(HE)), named("bn1", batchNorm()),
                named("relu", relu()),  //                                     [3, 224, 224] -> [64, 112, 112]
                named("maxpool", maxPool2d(3).stride(2).padding(1)),  //                     -> [64, 56, 56]
                named("layer1", stage(block, 64, 1, depths[0])),  //                         -> [64 or 256, 56, 56]
                named("layer2", stage(block, 128, 2, depths[1])),  //                        -> [128 or 512, 28, 28]
                named("layer3", stage(block, 256, 2, depths[2])),  //                        -> [256 or 1024, 14, 14]
                named("layer4", stage(block, 512, 2, depths[3])),  //                        -> [512 or 2048, 7, 7]
                named("avgpool", globalAvgPool()), named("flatten", flatten()), named("fc", dense(classes)));
    }

    private static Sequential stage(BlockMaker block, int width, int stride, int depth) {
        var blocks = new ArrayList<Layer>();
        for (var i = 0; i < depth; i++) {
            blocks.add(block.of(width, i == 0 ? stride : 1, i == 0));
        }
        return sequential(blocks);
    }

    /** Two 3x3 convolutions. */
    private static Layer basic(int width, int stride, boolean first) {
        var body = sequential(
                named("conv1", conv3x3(width, stride, 1)), named("bn1", batchNorm()), named("relu", relu()),
                named("conv2", conv3x3(width, 1, 1)), named("bn2", batchNorm()));
        return added(body, stride == 1 ? identity() : projection(width, stride));
    }

    /** A 1x1 convolution down to fewer channels, a 3x3 convolution, and a 1x1 convolution up again to four times the base width. */
    private static BlockMaker bottlenecks(int groups, int widthPer64) {
        return (width, stride, first) -> added(bottleneck(width, width * widthPer64 / 64 * groups, groups, 1, stride),
                first ? projection(4 * width, stride) : identity());
    }

    private static Layer strideFirst(int width, int stride, boolean first) {
        return added(bottleneck(width, width, 1, stride, 1), first ? projection(4 * width, stride) : identity());
    }

    private static Layer excited(int width, int stride, boolean first) {
        return added(Layers.excited(bottleneck(width, width, 1, 1, stride), 16), first ? projection(4 * width, stride) : identity());
    }

    private static Sequential bottleneck(int width, int inner, int groups, int strideOf1x1, int strideOf3x3) {
        return sequential(
                named("conv1", conv1x1(inner, strideOf1x1)), named("bn1", batchNorm()), named("relu1", relu()),
                named("conv2", conv3x3(inner, strideOf3x3, groups)), named("bn2", batchNorm()), named("relu2", relu()),
                named("conv3", conv1x1(4 * width, 1)), named("bn3", batchNorm()));
    }

    private static Layer added(Layer body, Layer shortcut) {
        return residual(body, shortcut).activation(relu()).names("", "downsample");
    }

    private static Layer projection(int filters, int stride) {
        return sequential(conv1x1(filters, stride), batchNorm());
    }

    private static Convolution conv1x1(int filters, int stride) {
        return conv2d(filters, 1).stride(stride).bias(false).init(HE);
    }

    private static Convolution conv3x3(int filters, int stride, int groups) {
        return conv2d(filters, 3).stride(stride).padding(1).groups(groups).bias(false).init(HE);
    }
}
