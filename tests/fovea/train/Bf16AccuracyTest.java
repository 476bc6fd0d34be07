package fovea.train;

import static fovea.data.Augment.*;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.data.Augmentation;
import fovea.data.Cifar;
import fovea.data.Digits;
import fovea.data.Loader;
import fovea.data.Mnist;
import fovea.data.Split;
import fovea.nn.Layer;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import fovea.support.EmulatedBf16;
import fovea.support.SharedData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Networks learn as much with every convolution and product in bf16 that can be as they do in f32, within noise: three standard errors
 * of the difference between two shares of so many test images.
 */
@Tag("accuracy")
class Bf16AccuracyTest {
    private static double accuracy(Session opened, Layer network, Split data, TrainOptions options, double rate) {
        try (var session = opened) {
            var model = network.build(session, data.train().imageShape(), 42);
            var trainer = new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 5e-4).nesterov(true)), options);
            trainer.fit(data.train(), data.test());
            return trainer.evaluate(data.test()).accuracy();
        }
    }

    private static void compare(String name, Layer network, Split data, int epochs, int batch, double rate, double least,
            Augmentation... steps) {
        var options = new TrainOptions(epochs, Loader.options(batch).seed(42).shuffle(true).augment(steps)).schedule(
                total -> Schedule.oneCycle(total));
        var session = Session.options().seed(42);
        var f32 = accuracy(Session.open(session), network, data, options, rate);
        var bf16 = accuracy(EmulatedBf16.open(session.prefer(EmulatedBf16.WHEREVER_POSSIBLE)), network, data,
                options, rate);
        System.out.printf("%s, %d epochs: test accuracy %.2f %% in f32, %.2f %% in bf16%n", name, epochs, 100 * f32, 100 * bf16);
        assertTrue(f32 >= least, "f32 learns too little to compare with: " + f32);
        var noise = 3 * Math.sqrt(2 * f32 * (1 - f32) / data.test().size());
        assertTrue(bf16 > f32 - noise, "%.4f in bf16, %.4f in f32, noise %.4f".formatted(bf16, f32, noise));
    }

    @Test
    void lenet5OnTheBuiltInDigits() {
        compare("LeNet-5 on 4,000 built-in digits", SmallNetworks.lenet5(), Digits.split(4000, 1000, 28, 0), 4, 32, 0.05, 0.8);
    }

    @Test
    void lenet5OnMnist() {
        compare("LeNet-5 on MNIST", SmallNetworks.lenet5(), Mnist.read(SharedData.path("mnist")), 3, 64, 0.05, 0.98,
                normalise(0.1307f, 0.3081f));
    }

    @Test
    void aResidualNetworkOnASubsetOfCifar10() {
        compare("a residual network on 8,000 images of CIFAR-10", SmallNetworks.residualNetwork(),
                Cifar.read10(SharedData.path("cifar10-subset")), 10, 64, 0.1, 0.45, normalise(Cifar.mean(), Cifar.deviation()),
                randomCrop(32, 4), flip());
    }
}
