package fovea.zoo;

import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Sequential;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import java.util.List;

/** LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998) as it is taught today: ReLU, max-pooling, every map connected with every other. */
final class Lenet {
    static final Zoo.Entry MODERN = new Zoo.Entry("lenet5", "LeNet-5 with ReLU and max-pooling", Shape.of(1, 28, 28), 10, Lenet::modern,
            new Recipe(3, 64, 0.05, (parameters, rate) -> new Sgd(parameters, new Sgd.Options(rate, 0.9, 5e-4)),
                    total -> Schedule.oneCycle(total), List.of()));

    private Lenet() {
    }

    static Sequential modern(int classes) {
        return sequential(
                conv2d(6, 5).padding(2), relu(), maxPool2d(2),  // [1, 28, 28] -> [6, 14, 14]
                conv2d(16, 5), relu(), maxPool2d(2),  //           -> [16, 5, 5]
                flatten(), dense(120), relu(), dense(84), relu(), dense(classes));
    }
}
