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
import java.nio.charset.StandardCharsets;
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
 * of a float64 run and say how far these drift apart, which is how far ours may be from the float64 run, once what a float cannot hold
 * is added.
 *
 * <p>The small ResNet and the small GoogLeNet are another matter: after some steps single ReLUs and maxima flip, and PyTorch's own float32
 * runs from weights that differ by a last bit go apart by a hundred and a thousand times what the recording states, which is one draw of
 * that. There the bound of each step is the largest distance of forty such runs; {@code drift.py} made them.
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

    /**
     * How far a float32 run may be from the float64 one.
     *
     * @param gradient of the first step, in parts of a parameter's largest element
     */
    private record Drift(double[] loss, double weights, double logits, double gradient) {
        /** With losses and weights no further off than the recording says of its own float32 run. */
        @SuppressWarnings("unchecked")
        Drift asStated(String name) throws IOException {
            var stated = (Map<String, Double>) record(name).get("float32_vs_float64");
            var each = new double[loss.length];
            Arrays.fill(each, stated.get("max_loss_diff"));
            return new Drift(each, stated.get("max_param_diff"), logits, gradient);
        }

        @SuppressWarnings("unchecked")
        static Drift ofManyRuns(String name) throws IOException {
            try (var in = PyTorchTrainingTest.class.getResourceAsStream("drift.json")) {
                var file = JsonReader.object(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                var runs = ((Map<String, Map<String, Object>>) file.get(name)).get("float32");
                return new Drift(((List<Double>) runs.get("loss")).stream().mapToDouble(d -> d).toArray(), (double) runs.get("weights"),
                        (double) runs.get("logits"), (double) runs.get("gradient"));
            }
        }
    }

    private static Map<String, Object> record(String name) throws IOException {
        return JsonReader.object(Files.readString(SharedData.path("pytorch-training-trajectories").resolve(name + ".json")));
    }

    private static void follow(String name, Data data, Layer net, int batch, Function<Model, Optimizer> make, Drift drift)
            throws IOException {
        follow(name, data, net, batch, make, drift, true);
        follow(name, data, net, batch, make, drift, false);
    }

    @SuppressWarnings("unchecked")
    private static void follow(String name, Data data, Layer net, int batch, Function<Model, Optimizer> make, Drift drift, boolean fuse)
            throws IOException {
        var arrays = SafetensorsReader.read(SharedData.path("pytorch-training-trajectories").resolve(name + ".safetensors"));
        var losses = (List<Double>) record(name).get("loss_float64");
        try (var session = Session.open()) {
            var model = net.build(session, data.image, 1, BuildOptions.DEFAULT.fuse(fuse));
            model.load(below("init/", arrays));
            var optimizer = make.apply(model);
            for (var t = 0; t < losses.size(); t++) {
                var first = t % (data.count() / batch) * batch;
                try (var step = session.step(Mode.TRAIN)) {
                    var logits = model.forward(data.images(step, first, batch));
                    var loss = logits.crossEntropy(data.classes(step, first, batch));
                    assertNear(name + ": loss of step " + t, losses.get(t), loss.item(), drift.loss[t] + 0x1p-23 * losses.get(t));
                    step.backward(loss);
                }
                if (t == 0) {
                    compare(name + ": first gradient of ", below("grad_step0/", arrays), parameter -> model.parameter(parameter).grad(),
                            0, drift.gradient);
                }
                optimizer.step();
            }
            // Weights are rounded once in every step.
            compare(name + ": final ", below("final/", arrays), key -> model.state().get(key).toArray(),
                    drift.weights, losses.size() * 0x1p-24);
            try (var step = session.step(Mode.EVAL)) {
                var logits = model.forward(data.images(step, 0, 16)).toArray();
                var expected = arrays.get("final_logits_first16_eval").elements();
                for (var i = 0; i < expected.length; i++) {
                    assertNear(name + ": logit " + i, expected[i], logits[i], drift.logits + 0x1p-23 * Math.abs(expected[i]));
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

    /** Within the bound and a share of the largest element. */
    private static void compare(String what, Map<String, Array> expected, Function<String, float[]> actual, double bound, double share) {
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
                assertNear(what + name + "[" + i + "]", array.elements()[i], values[i], bound + share * largest);
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
        follow("lenet5_mnist_sgd", mnist(640), net, 64, m -> new Sgd(m.parameters(), new Sgd.Options(0.05, 0.9, 5e-4)),
                Drift.ofManyRuns("lenet5_mnist_sgd").asStated("lenet5_mnist_sgd"));
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
        follow("miniresnet_cifar_sgd", cifar(320), net, 32, m -> new Sgd(m.parameters(), new Sgd.Options(0.02, 0.9, 1e-4)),
                Drift.ofManyRuns("miniresnet_cifar_sgd"));
    }

    private static Layer inception(int one, int three, int threes, int five, int fives, int pooled) {
        return parallel(named("", sequential(named("b1", conv2d(one, 1)), relu())),
                named("", sequential(named("b2a", conv2d(three, 1)), relu(), named("b2b", conv2d(threes, 3).padding(1)), relu())),
                named("", sequential(named("b3a", conv2d(five, 1)), relu(), named("b3b", conv2d(fives, 5).padding(2)), relu())),
                named("", sequential(maxPool2d(3).stride(1).padding(1), named("b4", conv2d(pooled, 1)), relu())));
    }

    @Test
    void aSmallGoogLeNetIsFollowed() throws IOException {
        var net = sequential(named("stem", conv2d(16, 7).stride(2).padding(3)), relu(), maxPool2d(3).stride(2).ceil(),
                localResponseNorm(5, 1e-4f, 0.75f, 1), named("inc1", inception(8, 6, 12, 2, 4, 4)), maxPool2d(3).stride(2).ceil(),
                named("inc2", inception(12, 8, 16, 4, 8, 8)), globalAvgPool(), flatten(), named("fc", dense(10)));
        follow("minigooglenet_cifar_adam", cifar(320), net, 32, m -> new Adam(m.parameters(), new Adam.Options(3e-3)),
                Drift.ofManyRuns("minigooglenet_cifar_adam"));
    }
}
