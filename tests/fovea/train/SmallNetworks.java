package fovea.train;

import static fovea.nn.Layers.*;

import fovea.nn.Layer;

/** Networks that learn MNIST and CIFAR in minutes. */
final class SmallNetworks {
    private SmallNetworks() {
    }

    static Layer lenet5() {
        return sequential(conv2d(6, 5).padding(2), relu(), maxPool2d(2), conv2d(16, 5), relu(), maxPool2d(2), flatten(), dense(120), relu(),
                dense(84), relu(), dense(10));
    }

    /** 3x3 filters, batch norm and ReLU. */
    static Layer convolution(int filters, int stride) {
        return sequential(conv2d(filters, 3).stride(stride).padding(1).bias(false), batchNorm(), relu());
    }

    /** Three residual blocks, each with a convolution beside it. */
    static Layer residualNetwork() {
        return sequential(convolution(16, 1), block(16, 1), block(32, 2), block(64, 2), globalAvgPool(), flatten(), dense(10));
    }

    private static Layer block(int filters, int stride) {
        return residual(sequential(convolution(filters, stride), conv2d(filters, 3).padding(1).bias(false), batchNorm()),
                sequential(conv2d(filters, 1).stride(stride).bias(false), batchNorm())).activation(relu());
    }
}
