package fovea.train;

import static fovea.data.Augment.*;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.data.Augmentation;
import fovea.data.Cifar;
import fovea.data.Loader;
import fovea.data.Mnist;
import fovea.data.Split;
import fovea.nn.BuildOptions;
import fovea.nn.Layer;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import fovea.support.SharedData;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Speed costs no accuracy: networks learn as much with every fast path on as with all off, within noise: three standard errors of the
 * difference between two shares of so many test images. Off means that layers are not fused and that every convolution is a product
 * of the pixels that its filters see. The time to the stated accuracy is printed.
 */
@Tag("accuracy")
class FastPathsTest {
    private record Reached(double accuracy, double seconds) {
    }

    private static Reached train(String how, Session.Options options, BuildOptions build, Layer network, Split data, int epochs,
            double rate, double goal, Augmentation[] steps) {
        var plan = new TrainOptions(epochs, Loader.options(64).seed(42).shuffle(true).augment(steps)).schedule(
                total -> Schedule.oneCycle(total)).evaluation(Loader.options(500).augment(steps[0]));
        try (var session = Session.open(options.seed(42))) {
            var model = network.build(session, data.train().imageShape(), 42, build);
            var trainer = new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 5e-4).nesterov(true)), plan);
            var history = trainer.fit(data.train(), data.test()).epochs();
            var seconds = 0.0;
            for (var epoch : history) {
                seconds += epoch.seconds();
                if (epoch.validationAccuracy() >= goal) {
                    break;
                }
            }
            var last = history.getLast().validationAccuracy();
            System.out.printf("%s: %s %.0f %% after %.0f s of training, %.2f %% after all %d epochs%n", how, last >= goal ? "reaches"
                    : "does not reach", 100 * goal, seconds, 100 * last, epochs);
            return new Reached(last, seconds);
        }
    }

    private static void compare(String name, Layer network, Split data, int epochs, double rate, double goal, Augmentation... steps) {
        var on = train(name + ", fast paths on", Session.options(), BuildOptions.DEFAULT, network, data, epochs, rate, goal, steps);
        var off = train(name + ", fast paths off", Session.options().winograd(false).provider("own").prefer("own:plain"),
                BuildOptions.DEFAULT.fuse(false), network, data, epochs, rate, goal, steps);
        System.out.printf("%s: %.1f times as fast%n", name, off.seconds / on.seconds);
        for (var reached : List.of(on, off)) {
            assertTrue(reached.accuracy >= goal, () -> "%s reached %.4f".formatted(name, reached.accuracy));
        }
        var noise = 3 * Math.sqrt(2 * on.accuracy * (1 - on.accuracy) / data.test().size());
        assertTrue(Math.abs(on.accuracy - off.accuracy) <= noise, "%.4f with, %.4f without, noise %.4f".formatted(on.accuracy, off.accuracy,
                noise));
    }

    @Test
    void lenet5OnMnist() {
        compare("LeNet-5 on MNIST", SmallNetworks.lenet5(), Mnist.read(SharedData.path("mnist")), 5, 0.05, 0.99,
                normalise(0.1307f, 0.3081f), randomCrop(28, 2));
    }

    @Test
    void aResidualNetworkOnASubsetOfCifar10() {
        compare("a residual network on 8,000 images of CIFAR-10", SmallNetworks.residualNetwork(),
                Cifar.read10(SharedData.path("cifar10-subset")), 5, 0.1, 0.5, normalise(Cifar.mean(), Cifar.deviation()), randomCrop(32, 4),
                flip());
    }
}
