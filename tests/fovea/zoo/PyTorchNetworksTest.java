package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.support.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Networks against torchvision's, and ENet against one written in PyTorch: the same weights, pictures and gradients of the output, made of
 * hashes on both sides, must give the same outputs in evaluation and, with SiLU for ReLU on both sides, the same outputs in training and
 * the same gradient of every parameter and of the pictures. {@code pytorch/record.py} recorded all in float64, with the deviation of each
 * number where float32 rounds every sum after every term, and how many deviations a right network may be away from it. Winograd's
 * transforms are left out, which round more than sums do. What takes long does so with {@code mvn -Pzoo test}.
 */
class PyTorchNetworksTest {
    private static final Path FOLDER = Path.of("tests/fovea/zoo/pytorch");
    /** Into so many pieces at most the recording cuts outputs that are more. */
    private static final int PIECES = 512;
    /** Networks that take less than a second or two. */
    private static final List<String> LIGHT = List.of("efficientnet-b0", "enet", "mobilenet-v2", "resnet18", "squeezenet1-1");
    /** Outputs beside the last, in the order in which PyTorch gives them. */
    private static final Map<String, List<String>> HEADS = Map.of("googlenet-bn-aux", List.of("aux2", "aux1"),
            "inception-v3", List.of("AuxLogits"));

    @TestFactory
    Stream<DynamicTest> computesWhatTorchvisionDoes() throws IOException {
        return tests(true);
    }

    @TestFactory
    @Tag("zoo")
    Stream<DynamicTest> computesWhatTorchvisionDoesThoughItIsLarge() throws IOException {
        return tests(false);
    }

    private static Stream<DynamicTest> tests(boolean light) throws IOException {
        try (var files = Files.list(FOLDER)) {
            var names = files.map(file -> file.getFileName().toString()).filter(file -> file.endsWith(".json")).map(
                    file -> file.substring(0, file.length() - 5)).filter(name -> LIGHT.contains(name) == light).sorted().toList();
            assertTrue(!names.isEmpty(), "nothing is recorded");
            return names.stream().map(name -> DynamicTest.dynamicTest(name, () -> compare(name)));
        }
    }

    /** What {@code record.py} wrote: numbers, each followed by its deviation. */
    private record Expected(Map<String, Object> json) {
        static Expected read(String name) throws IOException {
            return new Expected(JsonReader.object(Files.readString(FOLDER.resolve(name + ".json"))));
        }

        int size(String what) {
            return ((Double) json.get(what)).intValue();
        }

        @SuppressWarnings("unchecked")
        Map<String, List<Double>> gradients() {
            return (Map<String, List<Double>>) json.get("gradients");
        }

        /** Outputs, or products of consecutive pieces of them with hashed numbers. */
        @SuppressWarnings("unchecked")
        void compareOutputs(String what, float[] outputs) {
            var expected = (List<Double>) json.get(what);
            var numbers = outputs.length == expected.size() / 2 ? widened(outputs) : Hashed.products(what, outputs, PIECES);
            compare(what, expected, numbers);
        }

        void compare(String what, List<Double> expected, double... actual) {
            assertEquals(expected.size(), 2 * actual.length, what);
            for (var i = 0; i < actual.length; i++) {
                var bound = (Double) json.get("factor") * expected.get(2 * i + 1);
                var difference = Math.abs(expected.get(2 * i) - actual[i]);
                if (!(difference <= bound)) {
                    fail("%s, %d: %s, PyTorch has %s; difference %.3g, bound %.3g".formatted(what, i, actual[i], expected.get(2 * i),
                            difference, bound));
                }
            }
        }
    }

    private static void compare(String name) throws IOException {
        var expected = Expected.read(name);
        var network = Rewritten.undropped(Zoo.byName(name).layer(expected.size("classes")));
        try (var session = Session.open(Session.options().winograd(false))) {
            var model = filled(network, session, expected);
            try (var step = session.step(Mode.EVAL)) {
                expected.compareOutputs("eval", model.forward(pictures(step, expected)).toArray());
            }
        }
        try (var session = Session.open(Session.options().winograd(false))) {
            compareGradients(name, expected, filled(Rewritten.smoothed(network), session, expected));
        }
    }

    private static Model filled(Layer network, Session session, Expected expected) {
        var model = network.build(session, Shape.of(3, expected.size("side"), expected.size("side")), 1);
        Hashed.fill(model);
        return model;
    }

    private static Tensor pictures(Step step, Expected expected) {
        var shape = Shape.of(expected.size("batch"), 3, expected.size("side"), expected.size("side"));
        return step.of(shape, Hashed.numbers("pictures", (int) shape.elements(), 0, Math.sqrt(3)));
    }

    private static void compareGradients(String name, Expected expected, Model model) {
        var gradients = new TreeMap<String, float[]>();
        try (var step = model.session().step(Mode.TRAIN)) {
            var x = pictures(step, expected).track();
            var outputs = outputs(name, model, x);
            expected.compareOutputs("train", joined(outputs));
            step.backward(weighted(step, outputs));
            gradients.put("pictures", x.grad());
            model.parameters().forEach(p -> gradients.put(p.name(), p.grad()));
        }
        assertEquals(new TreeMap<>(expected.gradients()).keySet(), gradients.keySet());
        gradients.forEach(
                (path, g) -> expected.compare("gradient of %s, projected and its length".formatted(path), expected.gradients().get(path),
                        Hashed.product("gradient of " + path, g), length(g)));
    }

    private static List<Tensor> outputs(String name, Model model, Tensor x) {
        var outputs = new ArrayList<Tensor>();
        outputs.add(model.forward(x));
        HEADS.getOrDefault(name, List.of()).forEach(head -> outputs.add(model.output(head)));
        return outputs;
    }

    private static float[] joined(List<Tensor> outputs) {
        var all = new float[outputs.stream().mapToInt(y -> (int) y.shape().elements()).sum()];
        var at = 0;
        for (var y : outputs) {
            var elements = y.toArray();
            System.arraycopy(elements, 0, all, at, elements.length);
            at += elements.length;
        }
        return all;
    }

    private static Tensor weighted(Step step, List<Tensor> outputs) {
        Tensor loss = null;
        for (var i = 0; i < outputs.size(); i++) {
            var y = outputs.get(i);
            var sum = y.mul(step.of(y.shape(), Hashed.numbers("gradient" + i, (int) y.shape().elements(), 0, 1))).sum();
            loss = loss == null ? sum : loss.add(sum);
        }
        return loss;
    }

    private static double length(float[] elements) {
        var sum = 0.0;
        for (var e : elements) {
            sum += (double) e * e;
        }
        return Math.sqrt(sum);
    }

    private static double[] widened(float[] elements) {
        return IntStream.range(0, elements.length).mapToDouble(i -> elements[i]).toArray();
    }
}
