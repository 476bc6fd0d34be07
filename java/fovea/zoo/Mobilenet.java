package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.depthwiseConv2d;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.relu6;
import static fovea.nn.Layers.residual;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Convolution;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.optim.RmsProp;
import fovea.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * Networks for telephones.
 *
 * <ul>
 * <li>MobileNet: Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", 2017. A 3x3
 * filter for each channel and then 1x1 convolutions across channels, each with batch norm and ReLU. Layers and widths are the
 * paper's; the padding is that of TensorFlow, in which it was made (one row at the bottom and one column at the right where the stride
 * is 2), and so are the names. The paper's table has stride 2 in the last depthwise convolution, which its sizes contradict: it is 1.
 * <li>MobileNetV2: Sandler et al., "Inverted residuals and linear bottlenecks", CVPR 2018. Blocks widen their input sixfold, filter each
 * channel, and narrow it again without a nonlinearity; the narrow ends are added. As torchvision has it, names included.
 * </ul>
 */
final class Mobilenet {
    private static final Init HE = Init.kaimingNormal().fan(Init.Fan.OUT);

    private Mobilenet() {
    }

    static List<Zoo.Entry> entries() {
        var image = Shape.of(3, 224, 224);
        return List.of(
                new Zoo.Entry("mobilenet-v1", "MobileNet", image, 1000, Mobilenet::v1, ImageNet.usual(),
                        paper(100, 0.94, 2).differs("one machine instead of many that do not wait for each other; the paper names neither "
                                + "rates nor epochs but those of Inception-v3, and spares depthwise filters its weight decay")),
                new Zoo.Entry("mobilenet-v2", "MobileNetV2", image, 1000, Mobilenet::v2, ImageNet.usual(),
                        paper(300, 0.98, 1).differs("one machine instead of 16 that do not wait for each other")));
    }

    private static Recipe paper(int epochs, double factor, int after) {
        return ImageNet.resized(new Recipe(epochs, 96, 0.045,
                (model, rate) -> new RmsProp(model.parameters(), new RmsProp.Options(rate).alpha(0.9).momentum(0.9).eps(1).decay(4e-5)),
                total -> Schedule.steps(Math.max(1, total * after / epochs), factor)), 224);
    }

    // ---- version 1 -------------------------------------------------------------------------------------------------------------

    private static Sequential v1(int classes) {
        var layers = new ArrayList<Layer>(List.of(
                named("conv1", conv2d(32, 3).stride(2).same().bias(false).init(HE)), named("conv1_bn", norm()),
                named("conv1_relu", relu())));
        // [32, 112, 112], then [128, 56, 56], [256, 28, 28], [512, 14, 14] and [1024, 7, 7].
        int[][] filtersAndStrides = {{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1},
                {512, 1}, {1024, 2}, {1024, 1}};
        for (var i = 0; i < filtersAndStrides.length; i++) {
            var name = "_" + (i + 1);
            layers.add(named("conv_dw" + name, depthwiseConv2d(3).stride(filtersAndStrides[i][1]).same().bias(false)));
            layers.add(named("conv_dw" + name + "_bn", norm()));
            layers.add(named("conv_dw" + name + "_relu", relu()));
            layers.add(named("conv_pw" + name, conv2d(filtersAndStrides[i][0], 1).bias(false).init(HE)));
            layers.add(named("conv_pw" + name + "_bn", norm()));
            layers.add(named("conv_pw" + name + "_relu", relu()));
        }
        layers.addAll(List.of(named("global_pool", globalAvgPool()), named("flatten", flatten()), named("dropout", dropout(0.001f)),
                named("conv_preds", dense(classes))));
        return sequential(layers);
    }

    private static Layer norm() {
        return batchNorm().epsilon(1e-3f);
    }

    // ---- version 2 -------------------------------------------------------------------------------------------------------------

    private static Sequential v2(int classes) {
        var features = new ArrayList<Layer>();
        features.add(normed(conv2d(32, 3).stride(2).padding(1)));  // [3, 224, 224] -> [32, 112, 112]
        // How much wider inside, filters, blocks, stride of the first.
        int[][] stages = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
        var in = 32;
        for (var stage : stages) {
            for (var i = 0; i < stage[2]; i++) {
                features.add(inverted(in, stage[0], stage[1], i == 0 ? stage[3] : 1));
                in = stage[1];
            }
        }
        features.add(normed(conv2d(1280, 1)));  //                         -> [1280, 7, 7]
        var classifier = sequential(dropout(0.2f), dense(classes).init(Init.normal(0.01f)).biasInit(Init.constant(0)));
        return sequential(named("features", sequential(features)), named("avgpool", globalAvgPool()), named("flatten", flatten()),
                named("classifier", classifier));
    }

    private static Layer inverted(int in, int wider, int filters, int stride) {
        var layers = new ArrayList<Layer>();
        if (wider != 1) {
            layers.add(normed(conv2d(in * wider, 1)));
        }
        layers.add(normed(depthwiseConv2d(3).stride(stride).padding(1)));
        layers.add(conv2d(filters, 1).bias(false).init(HE));
        layers.add(batchNorm());
        var body = sequential(layers);
        return stride == 1 && in == filters ? residual(body).names("conv", "shortcut") : sequential(named("conv", body));
    }

    private static Sequential normed(Convolution convolution) {
        return sequential(convolution.bias(false).init(HE), batchNorm(), relu6());
    }
}
