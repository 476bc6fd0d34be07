package fovea.train;

import static fovea.data.Augment.*;
import static fovea.nn.Layers.*;
import static fovea.train.SmallNetworks.convolution;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.data.Augmentation;
import fovea.data.Cifar;
import fovea.data.Loader;
import fovea.data.Mnist;
import fovea.data.Split;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.optim.Optimizer;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import fovea.support.SharedData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Real data, learned from the beginning: {@code mvn test -Paccuracy}. Every run prints its epochs. With {@code -Daccuracy.folder=FOLDER}
 * one that was stopped goes on where it was.
 */
@Tag("accuracy")
class AccuracyTest {
    private static double train(String name, Layer network, Split data, int epochs, int batch, Function<Model, Optimizer> optimizer,
            Augmentation normalise, Augmentation... augmentations) {
        var all = Arrays.copyOf(augmentations, augmentations.length + 1);
        all[augmentations.length] = normalise;
        var options = new TrainOptions(epochs, Loader.options(batch).seed(42).shuffle(true).augment(all)).evaluation(
                Loader.options(500).augment(normalise)).schedule(total -> Schedule.oneCycle(total));
        var kept = System.getProperty("accuracy.folder");
        if (kept != null) {
            options = options.folder(Path.of(kept, name.replace(' ', '-'))).checkpointEvery(100);
        }
        try (var session = Session.open(Session.options().seed(42))) {
            var model = network.build(session, data.train().imageShape(), 42);
            var parameters = model.summary().parameters();
            var trainer = new Trainer(model, optimizer.apply(model), options).progress(new PrintWriter(System.out, true), false);
            if (kept != null && Files.exists(options.folder().resolve("last.safetensors"))) {
                trainer.resume(options.folder().resolve("last.safetensors"));
            }
            var history = trainer.fit(data.train(), data.test());
            var last = history.epochs().getLast();
            System.out.printf("%s, %,d parameters: test accuracy %.2f %% after %d epochs and %.0f s of training%n", name, parameters,
                    100 * last.validationAccuracy(), epochs, history.epochs().stream().mapToDouble(Epoch::seconds).sum());
            return last.validationAccuracy();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optimizer sgd(Model model, double rate) {
        return new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 5e-4).nesterov(true));
    }

    @Test
    void lenet5LearnsMnist() {
        var accuracy = train("LeNet-5 on MNIST", SmallNetworks.lenet5(), Mnist.read(SharedData.path("mnist")), 10, 64, m -> sgd(m, 0.05),
                normalise(0.1307f, 0.3081f), randomCrop(28, 2));
        assertTrue(accuracy >= 0.992, "accuracy is " + accuracy);
    }

    @Test
    void aSmallCnnLearnsFashionMnist() {
        var cnn = sequential(convolution(24, 1), maxPool2d(2), convolution(48, 1), maxPool2d(2), convolution(96, 1), maxPool2d(2),
                convolution(128, 1), flatten(), dropout(0.2f), dense(10));
        var accuracy = train("a small CNN on Fashion-MNIST", cnn, Mnist.readFashion(SharedData.path("fashion-mnist")), 10, 128,
                m -> sgd(m, 0.1), normalise(0.286f, 0.353f), flip());
        assertTrue(accuracy >= 0.925, "accuracy is " + accuracy);
    }

    private static Layer block(int filters, int stride) {
        var body = sequential(convolution(filters, stride), conv2d(filters, 3).padding(1).bias(false), batchNorm());
        return (stride == 1 ? residual(body) : residual(body, sequential(conv2d(filters, 1).stride(stride).bias(false), batchNorm())))
                .activation(relu());
    }

    /** A linear classifier stays below 0.4 on such images, however many there are of them. */
    @Test
    void resnet8LearnsASubsetOfCifar10() {
        var resnet = sequential(convolution(16, 1), block(16, 1), block(32, 2), block(64, 2), globalAvgPool(), flatten(), dense(10));
        var accuracy = train("ResNet-8 on 8,000 images of CIFAR-10", resnet, Cifar.read10(SharedData.path("cifar10-subset")), 15, 64,
                m -> sgd(m, 0.1), normalise(Cifar.mean(), Cifar.deviation()), randomCrop(32, 4), flip());
        assertTrue(accuracy >= 0.6, "accuracy is " + accuracy);
    }
}
