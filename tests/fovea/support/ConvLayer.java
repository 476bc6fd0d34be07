package fovea.support;

import fovea.Shape;
import fovea.op.Conv;
import java.util.Arrays;

/**
 * The convolutions of well-known networks, each with the batch it is measured at: what benches run is what tests check. ResNet-18's
 * other layers are among those of ResNet-50 and VGG.
 */
public enum ConvLayer {
    // @formatter:off
    // batch, input channels, height and width, output channels, filter, stride, padding, groups
    LENET5_C1(64, 1, 28, 6, 5, 1, 2, 1),
    LENET5_C2(64, 6, 14, 16, 5, 1, 0, 1),
    LENET5_C3(64, 16, 5, 120, 5, 1, 0, 1),
    CIFAR_VGG_C1(128, 3, 32, 64, 3, 1, 1, 1),
    CIFAR_VGG_C2(128, 64, 32, 64, 3, 1, 1, 1),
    CIFAR_VGG_C3(128, 64, 16, 128, 3, 1, 1, 1),
    CIFAR_VGG_C4(128, 128, 16, 128, 3, 1, 1, 1),
    CIFAR_VGG_C5(128, 128, 8, 256, 3, 1, 1, 1),
    CIFAR_VGG_C6(128, 256, 8, 256, 3, 1, 1, 1),
    ALEXNET_C1(32, 3, 224, 64, 11, 4, 2, 1),
    ALEXNET_C2(32, 64, 27, 192, 5, 1, 2, 1),
    ALEXNET_C3(32, 192, 13, 384, 3, 1, 1, 1),
    ALEXNET_C4(32, 384, 13, 256, 3, 1, 1, 1),
    ALEXNET_C5(32, 256, 13, 256, 3, 1, 1, 1),
    VGG16_C1_1(8, 3, 224, 64, 3, 1, 1, 1),
    VGG16_C1_2(8, 64, 224, 64, 3, 1, 1, 1),
    VGG16_C2_1(8, 64, 112, 128, 3, 1, 1, 1),
    VGG16_C2_2(8, 128, 112, 128, 3, 1, 1, 1),
    VGG16_C3_1(8, 128, 56, 256, 3, 1, 1, 1),
    VGG16_C3_2(8, 256, 56, 256, 3, 1, 1, 1),
    VGG16_C4_1(8, 256, 28, 512, 3, 1, 1, 1),
    VGG16_C4_2(8, 512, 28, 512, 3, 1, 1, 1),
    VGG16_C5(8, 512, 14, 512, 3, 1, 1, 1),
    RESNET18_S2_3X3_S2(8, 64, 56, 128, 3, 2, 1, 1),
    RESNET18_S2_1X1_S2(8, 64, 56, 128, 1, 2, 0, 1),
    RESNET18_S3_3X3_S2(8, 128, 28, 256, 3, 2, 1, 1),
    RESNET18_S3_1X1_S2(8, 128, 28, 256, 1, 2, 0, 1),
    RESNET18_S4_3X3_S2(8, 256, 14, 512, 3, 2, 1, 1),
    RESNET18_S4_1X1_S2(8, 256, 14, 512, 1, 2, 0, 1),
    RESNET50_CONV1(8, 3, 224, 64, 7, 2, 3, 1),
    RESNET50_S1_64_64_1X1(8, 64, 56, 64, 1, 1, 0, 1),
    RESNET50_S1_3X3(8, 64, 56, 64, 3, 1, 1, 1),
    RESNET50_S1_64_256_1X1(8, 64, 56, 256, 1, 1, 0, 1),
    RESNET50_S1_256_64_1X1(8, 256, 56, 64, 1, 1, 0, 1),
    RESNET50_S2_256_128_1X1(8, 256, 56, 128, 1, 1, 0, 1),
    RESNET50_S2_3X3_S2(8, 128, 56, 128, 3, 2, 1, 1),
    RESNET50_S2_128_512_1X1(8, 128, 28, 512, 1, 1, 0, 1),
    RESNET50_S2_256_512_1X1_S2(8, 256, 56, 512, 1, 2, 0, 1),
    RESNET50_S2_512_128_1X1(8, 512, 28, 128, 1, 1, 0, 1),
    RESNET50_S2_3X3(8, 128, 28, 128, 3, 1, 1, 1),
    RESNET50_S3_512_256_1X1(8, 512, 28, 256, 1, 1, 0, 1),
    RESNET50_S3_3X3_S2(8, 256, 28, 256, 3, 2, 1, 1),
    RESNET50_S3_256_1024_1X1(8, 256, 14, 1024, 1, 1, 0, 1),
    RESNET50_S3_512_1024_1X1_S2(8, 512, 28, 1024, 1, 2, 0, 1),
    RESNET50_S3_1024_256_1X1(8, 1024, 14, 256, 1, 1, 0, 1),
    RESNET50_S3_3X3(8, 256, 14, 256, 3, 1, 1, 1),
    RESNET50_S4_1024_512_1X1(8, 1024, 14, 512, 1, 1, 0, 1),
    RESNET50_S4_3X3_S2(8, 512, 14, 512, 3, 2, 1, 1),
    RESNET50_S4_512_2048_1X1(8, 512, 7, 2048, 1, 1, 0, 1),
    RESNET50_S4_1024_2048_1X1_S2(8, 1024, 14, 2048, 1, 2, 0, 1),
    RESNET50_S4_2048_512_1X1(8, 2048, 7, 512, 1, 1, 0, 1),
    RESNET50_S4_3X3(8, 512, 7, 512, 3, 1, 1, 1),
    GOOGLENET_CONV1(16, 3, 224, 64, 7, 2, 3, 1),
    GOOGLENET_CONV2_1X1(16, 64, 56, 64, 1, 1, 0, 1),
    GOOGLENET_CONV2_3X3(16, 64, 56, 192, 3, 1, 1, 1),
    GOOGLENET_3A_1X1(16, 192, 28, 64, 1, 1, 0, 1),
    GOOGLENET_3A_3X3_REDUCE(16, 192, 28, 96, 1, 1, 0, 1),
    GOOGLENET_3A_3X3(16, 96, 28, 128, 3, 1, 1, 1),
    GOOGLENET_3A_5X5_REDUCE(16, 192, 28, 16, 1, 1, 0, 1),
    GOOGLENET_3A_5X5(16, 16, 28, 32, 5, 1, 2, 1),
    GOOGLENET_3A_POOL(16, 192, 28, 32, 1, 1, 0, 1),
    GOOGLENET_3B_1X1(16, 256, 28, 128, 1, 1, 0, 1),
    GOOGLENET_3B_3X3_REDUCE(16, 256, 28, 128, 1, 1, 0, 1),
    GOOGLENET_3B_3X3(16, 128, 28, 192, 3, 1, 1, 1),
    GOOGLENET_3B_5X5_REDUCE(16, 256, 28, 32, 1, 1, 0, 1),
    GOOGLENET_3B_5X5(16, 32, 28, 96, 5, 1, 2, 1),
    GOOGLENET_3B_POOL(16, 256, 28, 64, 1, 1, 0, 1),
    GOOGLENET_4A_1X1(16, 480, 14, 192, 1, 1, 0, 1),
    GOOGLENET_4A_3X3_REDUCE(16, 480, 14, 96, 1, 1, 0, 1),
    GOOGLENET_4A_3X3(16, 96, 14, 208, 3, 1, 1, 1),
    GOOGLENET_4A_5X5_REDUCE(16, 480, 14, 16, 1, 1, 0, 1),
    GOOGLENET_4A_5X5(16, 16, 14, 48, 5, 1, 2, 1),
    GOOGLENET_4A_POOL(16, 480, 14, 64, 1, 1, 0, 1),
    GOOGLENET_4B_1X1(16, 512, 14, 160, 1, 1, 0, 1),
    GOOGLENET_4B_3X3_REDUCE(16, 512, 14, 112, 1, 1, 0, 1),
    GOOGLENET_4B_3X3(16, 112, 14, 224, 3, 1, 1, 1),
    GOOGLENET_4B_5X5_REDUCE(16, 512, 14, 24, 1, 1, 0, 1),
    GOOGLENET_4B_5X5(16, 24, 14, 64, 5, 1, 2, 1),
    GOOGLENET_4B_POOL(16, 512, 14, 64, 1, 1, 0, 1),
    GOOGLENET_4C_1X1(16, 512, 14, 128, 1, 1, 0, 1),
    GOOGLENET_4C_3X3_REDUCE(16, 512, 14, 128, 1, 1, 0, 1),
    GOOGLENET_4C_3X3(16, 128, 14, 256, 3, 1, 1, 1),
    GOOGLENET_4C_5X5_REDUCE(16, 512, 14, 24, 1, 1, 0, 1),
    GOOGLENET_4C_5X5(16, 24, 14, 64, 5, 1, 2, 1),
    GOOGLENET_4C_POOL(16, 512, 14, 64, 1, 1, 0, 1),
    GOOGLENET_4D_1X1(16, 512, 14, 112, 1, 1, 0, 1),
    GOOGLENET_4D_3X3_REDUCE(16, 512, 14, 144, 1, 1, 0, 1),
    GOOGLENET_4D_3X3(16, 144, 14, 288, 3, 1, 1, 1),
    GOOGLENET_4D_5X5_REDUCE(16, 512, 14, 32, 1, 1, 0, 1),
    GOOGLENET_4D_5X5(16, 32, 14, 64, 5, 1, 2, 1),
    GOOGLENET_4D_POOL(16, 512, 14, 64, 1, 1, 0, 1),
    GOOGLENET_4E_1X1(16, 528, 14, 256, 1, 1, 0, 1),
    GOOGLENET_4E_3X3_REDUCE(16, 528, 14, 160, 1, 1, 0, 1),
    GOOGLENET_4E_3X3(16, 160, 14, 320, 3, 1, 1, 1),
    GOOGLENET_4E_5X5_REDUCE(16, 528, 14, 32, 1, 1, 0, 1),
    GOOGLENET_4E_5X5(16, 32, 14, 128, 5, 1, 2, 1),
    GOOGLENET_4E_POOL(16, 528, 14, 128, 1, 1, 0, 1),
    GOOGLENET_5A_1X1(16, 832, 7, 256, 1, 1, 0, 1),
    GOOGLENET_5A_3X3_REDUCE(16, 832, 7, 160, 1, 1, 0, 1),
    GOOGLENET_5A_3X3(16, 160, 7, 320, 3, 1, 1, 1),
    GOOGLENET_5A_5X5_REDUCE(16, 832, 7, 32, 1, 1, 0, 1),
    GOOGLENET_5A_5X5(16, 32, 7, 128, 5, 1, 2, 1),
    GOOGLENET_5A_POOL(16, 832, 7, 128, 1, 1, 0, 1),
    GOOGLENET_5B_1X1(16, 832, 7, 384, 1, 1, 0, 1),
    GOOGLENET_5B_3X3_REDUCE(16, 832, 7, 192, 1, 1, 0, 1),
    GOOGLENET_5B_3X3(16, 192, 7, 384, 3, 1, 1, 1),
    GOOGLENET_5B_5X5_REDUCE(16, 832, 7, 48, 1, 1, 0, 1),
    GOOGLENET_5B_5X5(16, 48, 7, 128, 5, 1, 2, 1),
    GOOGLENET_5B_POOL(16, 832, 7, 128, 1, 1, 0, 1),
    MOBILENET_DW32_112(8, 32, 112, 32, 3, 1, 1, 32),
    MOBILENET_DW64_112_S2(8, 64, 112, 64, 3, 2, 1, 64),
    MOBILENET_DW128_56(8, 128, 56, 128, 3, 1, 1, 128),
    MOBILENET_DW128_56_S2(8, 128, 56, 128, 3, 2, 1, 128),
    MOBILENET_DW256_28(8, 256, 28, 256, 3, 1, 1, 256),
    MOBILENET_DW512_14(8, 512, 14, 512, 3, 1, 1, 512),
    MOBILENET_DW1024_7(8, 1024, 7, 1024, 3, 1, 1, 1024);
    // @formatter:on

    private final int n;
    private final int ic;
    private final int ih;
    private final int oc;
    private final int kernel;
    private final int groups;
    private final Conv op;

    ConvLayer(int n, int ic, int ih, int oc, int kernel, int stride, int padding, int groups) {
        this.n = n;
        this.ic = ic;
        this.ih = ih;
        this.oc = oc;
        this.kernel = kernel;
        this.groups = groups;
        op = Conv.of(2).stride(stride).padding(padding).groups(groups);
    }

    /** For example {@code VGG16}. */
    public String network() {
        return Arrays.stream(new String[] {"LENET5", "CIFAR_VGG", "ALEXNET", "VGG16", "RESNET18", "RESNET50", "GOOGLENET", "MOBILENET"})
                .filter(name()::startsWith).findFirst().orElseThrow();
    }

    public Conv op() {
        return op;
    }

    public Shape x() {
        return x(n);
    }

    public Shape x(int batch) {
        return Shape.of(batch, ic, ih, ih);
    }

    public Shape w() {
        return Shape.of(oc, ic / groups, kernel, kernel);
    }

    public Shape y() {
        var out = Conv.outputSize(ih, kernel, op.stride().first(), op.padBegin().first(), op.padEnd().first(), 1, fovea.op.Rounding.FLOOR);
        return Shape.of(n, oc, out, out);
    }

    /** A first layer reads the data, towards which there is no gradient. */
    public boolean first() {
        return ic <= 3;
    }

    public boolean depthwise() {
        return groups > 1;
    }

    /** Arithmetic operations of one pass, padding counted as if it were multiplied. */
    public double flops() {
        return 2.0 * y().elements() * (ic / groups) * kernel * kernel;
    }
}
