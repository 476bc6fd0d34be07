package fovea.zoo;

import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.nn.Sequential;
import java.util.List;

/** LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998) as it is taught today: ReLU, max-pooling, every map connected with every other. */
final class Lenet {
    private Lenet() {
    }

    static List<Zoo.Entry> entries() {
        var recipe = Recipe.usual(3, 64, 0.05);
        return List.of(
                new Zoo.Entry("lenet5", "LeNet-5 with ReLU and max-pooling", Shape.of(1, 28, 28), 10, Lenet::modern, recipe, recipe));
    }

    static Sequential modern(int classes) {
        return sequential(
                conv2d(6, 5).padding(2), relu(), maxPool2d(2),  // [1, 28, 28] -> [6, 14, 14]
                conv2d(16, 5), relu(), maxPool2d(2),  //           -> [16, 5, 5]
                flatten(), dense(120), relu(), dense(84), relu(), dense(classes));
    }
}
