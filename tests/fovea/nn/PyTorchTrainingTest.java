package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import fovea.optim.Adam;
import fovea.optim.Optimizer;
import fovea.optim.Sgd;
import fovea.support.JsonReader;
import fovea.support.SafetensorsReader;
import fovea.support.SharedData;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * Whole training runs of PyTorch, followed step by step from its initial weights. The recordings hold the losses of a float32 and
 * of a float64 run and say how far these drift apart; ours, with its own order of summation, may be that far from either. The final
 * weights are those of the float64 run: from there it is one drift to PyTorch's float32 run, and one more to ours.
 */
class PyTorchTrainingTest {
    /** Images as floats, and their classes. */
    private record Data(Shape image, float[] pixels, int[] labels) {
        int count() {
            return labels.length;
        }

        Tensor images(Step step, int first, int n) {
            var size = (int) image.elements();
            return step.of(Shape.of(n).concat(image), Arrays.copyOfRange(pixels, first * size, (first + n) * size));
        }

        Tensor classes(Step step, int first, int n) {
            return step.ofInts(Shape.of(n), Arrays.copyOfRange(labels, first, first + n));
        }
    }

    private static Data mnist(int n) throws IOException {
        var pixels = new float[n * 784];
        var labels = new int[n];
        try (var images = gzip("mnist/train-images-idx3-ubyte.gz"); var classes = gzip("mnist/train-labels-idx1-ubyte.gz")) {
            images.skipNBytes(16);
            classes.skipNBytes(8);
            for (var i = 0; i < pixels.length; i++) {
                pixels[i] = images.readUnsignedByte() / 255f;
            }
            for (var i = 0; i < n; i++) {
                labels[i] = classes.readUnsignedByte();
            }
        }
        return new Data(Shape.of(1, 28, 28), pixels, labels);
    }

    private static DataInputStream gzip(String name) throws IOException {
        return new DataInputStream(new GZIPInputStream(Files.newInputStream(SharedData.path(name)), 1 << 16));
    }

    /** Records of a label and 3 x 32 x 32 bytes; {@code (x / 255 - 0.5) / 0.25}. */
    private static Data cifar(int n) throws IOException {
        var pixels = new float[n * 3072];
        var labels = new int[n];
        try (var in = gzip("cifar10-subset/train_8000.bin.gz")) {
            var record = new byte[3073];
            for (var i = 0; i < n; i++) {
                in.readFully(record);
                labels[i] = record[0];
                for (var k = 0; k < 3072; k++) {
                    pixels[i * 3072 + k] = ((record[k + 1] & 0xff) / 255f - 0.5f) / 0.25f;
                }
            }
        }
        return new Data(Shape.of(3, 32, 32), pixels, labels);
    }

    private static void follow(String name, Data data, Layer net, int batch, Function<Model, Optimizer> make)
            throws IOException {
        follow(name, data, net, batch, make, true);
        follow(name, data, net, batch, make, false);
    }

    @SuppressWarnings("unchecked")
    private static void follow(String name, Data data, Layer net, int batch, Function<Model, Optimizer> make, boolean fuse)
            throws IOException {
        var folder = SharedData.path("pytorch-training-trajectories");
        var record = JsonReader.object(Files.readString(folder.resolve(name + ".json")));
        var arrays = SafetensorsReader.read(folder.resolve(name + ".safetensors"));
        var losses = (List<Double>) record.get("loss_float64");
        var floats = (List<Double>) record.get("loss_float32");
        var drift = (Map<String, Double>) record.get("float32_vs_float64");
        try (var session = Session.open()) {
            var model = net.build(session, data.image, 1, BuildOptions.DEFAULT.fuse(fuse));
            model.load(below("init/", arrays));
            var optimizer = make.apply(model);
            for (var t = 0; t < losses.size(); t++) {
                var first = t % (data.count() / batch) * batch;
                try (var step = session.step(Mode.TRAIN)) {
                    var logits = model.forward(data.images(step, first, batch));
                    var loss = logits.crossEntropy(data.classes(step, first, batch));
                    var nearer = Math.abs(loss.item() - losses.get(t)) < Math.abs(loss.item() - floats.get(t)) ? losses : floats;
                    assertNear(name + ": loss of step " + t, nearer.get(t), loss.item(),
                            drift.get("max_loss_diff") + 0x1p-23 * losses.get(t));
                    step.backward(loss);
                }
                if (t == 0) {
                    compare(name + ": first gradient of ", below("grad_step0/", arrays), parameter -> model.parameter(parameter).grad(),
                            2e-6);
                }
                optimizer.step();
            }
            compare(name + ": final ", below("final/", arrays), key -> model.state().get(key).toArray(),
                    2 * drift.get("max_param_diff"));
            try (var step = session.step(Mode.EVAL)) {
                var logits = model.forward(data.images(step, 0, 16)).toArray();
                var expected = arrays.get("final_logits_first16_eval").elements();
                for (var i = 0; i < expected.length; i++) {
                    assertNear(name + ": logit " + i, expected[i], logits[i],
                            2 * drift.get("max_logit_diff") + 1e-6 * Math.abs(expected[i]));
                }
            }
        }
    }

    private static Map<String, Array> below(String prefix, Map<String, Array> arrays) {
        var chosen = new HashMap<String, Array>();
        arrays.forEach((name, array) -> {
            if (name.startsWith(prefix)) {
                chosen.put(name.substring(prefix.length()), array);
            }
        });
        assertTrue(chosen.size() > 3, prefix);
        return chosen;
    }

    /** Within the bound and float rounding of the largest element. */
    private static void compare(String what, Map<String, Array> expected, Function<String, float[]> actual, double bound) {
        expected.forEach((name, array) -> {
            if (name.endsWith("num_batches_tracked")) {
                return;
            }
            var values = actual.apply(name);
            var largest = 0.0;
            for (var e : array.elements()) {
                largest = Math.max(largest, Math.abs(e));
            }
            assertEquals(array.elements().length, values.length);
            for (var i = 0; i < values.length; i++) {
                assertNear(what + name + "[" + i + "]", array.elements()[i], values[i], bound + 4e-6 * largest);
            }
        });
    }

    private static void assertNear(String what, double expected, double actual, double bound) {
        if (!(Math.abs(expected - actual) <= bound)) {
            fail("%s is %s, PyTorch has %s; difference %.3g, bound %.3g".formatted(
                    what, actual, expected, Math.abs(expected - actual), bound));
        }
    }

    @Test
    void lenet5IsFollowed() throws IOException {
        var net = sequential(named("conv1", conv2d(6, 5).padding(2)), relu(), maxPool2d(2), named("conv2", conv2d(16, 5)), relu(),
                maxPool2d(2), flatten(), named("fc1", dense(120)), relu(), named("fc2", dense(84)), relu(), named("fc3", dense(10)));
        follow("lenet5_mnist_sgd", mnist(640), net, 64, m -> new Sgd(m.parameters(), new Sgd.Options(0.05, 0.9, 5e-4)));
    }

    private static Layer basicBlock(int filters, int stride, boolean down) {
        var body = sequential(named("conv1", conv2d(filters, 3).stride(stride).padding(1).bias(false)), named("bn1", batchNorm()), relu(),
                named("conv2", conv2d(filters, 3).padding(1).bias(false)), named("bn2", batchNorm()));
        var shortcut = down ? sequential(conv2d(filters, 1).stride(stride).bias(false), batchNorm()) : identity();
        return residual(body, shortcut).activation(relu()).names("", "down");
    }

    @Test
    void aSmallResNetIsFollowed() throws IOException {
        var net = sequential(named("conv1", conv2d(8, 3).padding(1).bias(false)), named("bn1", batchNorm()), relu(),
                named("layer1", basicBlock(8, 1, false)), named("layer2", basicBlock(16, 2, true)),
                named("layer3", basicBlock(32, 2, true)),
                globalAvgPool(), flatten(), named("fc", dense(10)));
        follow("miniresnet_cifar_sgd", cifar(320), net, 32, m -> new Sgd(m.parameters(), new Sgd.Options(0.02, 0.9, 1e-4)));
    }
}
