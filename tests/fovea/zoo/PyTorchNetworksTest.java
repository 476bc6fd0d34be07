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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Networks against torchvision's, and ENet against one written in PyTorch: the same weights, pictures and gradients of the output, made of
 * hashes on both sides, must give the same outputs in evaluation and training and the same gradient of every parameter and of the
 * pictures. Gradients of networks with ReLU and batch norm are compared with SiLU in its place, on both sides: see {@code pytorch/record.py}, which
 * recorded them in float64, and how far eleven float32 runs of PyTorch are from that, which compute the same in different orders. Ours is one
 * more such run, without Winograd's transforms, which round more than sums do, and may be as far as the farthest of them three times: eleven runs do not show all that can happen, and our sums run in longer chains. What takes long does so with {@code mvn -Pzoo test}.
 */
class PyTorchNetworksTest {
    private static final Path FOLDER = Path.of("tests/fovea/zoo/pytorch");
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

    /** What {@code record.py} wrote. */
    private record Expected(int classes, int batch, int side, boolean smoothed, Map<String, Double> drift, List<Double> eval,
            List<Double> train,
            Map<String, List<Double>> gradients) {
        @SuppressWarnings("unchecked")
        static Expected read(String name) throws IOException {
            var json = JsonReader.object(Files.readString(FOLDER.resolve(name + ".json")));
            return new Expected(((Double) json.get("classes")).intValue(), ((Double) json.get("batch")).intValue(),
                    ((Double) json.get("side")).intValue(), (Boolean) json.get("smoothed"), (Map<String, Double>) json.get("drift"),
                    (List<Double>) json.get("eval"),
                    (List<Double>) json.get("train"), (Map<String, List<Double>>) json.get("gradients"));
        }

        /** Relative to the largest expected number. */
        double bound(String of) {
            return 3 * drift.get(of);
        }

        /** Length of the gradient of each layer, of weight and bias together. */
        Map<String, Double> layers() {
            var squares = new HashMap<String, Double>();
            gradients.forEach((path, values) -> squares.merge(layer(path), values.get(1) * values.get(1), Double::sum));
            squares.replaceAll((_, square) -> Math.sqrt(square));
            return squares;
        }

        static String layer(String path) {
            return path.substring(0, Math.max(0, path.lastIndexOf('.')));
        }
    }

    private static void compare(String name) throws IOException {
        var expected = Expected.read(name);
        var network = Rewritten.undropped(Zoo.byName(name).layer(expected.classes));
        try (var session = Session.open(Session.options().winograd(false))) {
            var model = filled(network, session, expected);
            compareEvaluation(name, expected, model);
            try (var step = session.step(Mode.TRAIN)) {
                near(name + " in training", expected.train, joined(outputs(name, model, pictures(step, expected))),
                        expected.bound("train"));
            }
        }
        try (var session = Session.open(Session.options().winograd(false))) {
            compareGradients(name, expected, filled(expected.smoothed ? Rewritten.smoothed(network) : network, session, expected));
        }
    }

    private static void compareEvaluation(String name, Expected expected, Model model) {
        try (var step = model.session().step(Mode.EVAL)) {
            near(name + " in evaluation", expected.eval, model.forward(pictures(step, expected)).toArray(), expected.bound("eval"));
        }
    }

    private static Model filled(Layer network, Session session, Expected expected) {
        var model = network.build(session, Shape.of(3, expected.side, expected.side), 1);
        Hashed.fill(model);
        return model;
    }

    private static Tensor pictures(Step step, Expected expected) {
        var shape = Shape.of(expected.batch, 3, expected.side, expected.side);
        return step.of(shape, Hashed.numbers("pictures", (int) shape.elements(), 0, Math.sqrt(3)));
    }

    private static void compareGradients(String name, Expected expected, Model model) {
        var gradients = new TreeMap<String, float[]>();
        try (var step = model.session().step(Mode.TRAIN)) {
            var x = pictures(step, expected).track();
            step.backward(weighted(step, outputs(name, model, x)));
            gradients.put("pictures", x.grad());
            model.parameters().forEach(p -> gradients.put(p.name(), p.grad()));
        }
        assertEquals(new TreeMap<>(expected.gradients).keySet(), gradients.keySet());
        var layers = expected.layers();
        gradients.forEach((path, g) -> {
            var bound = expected.bound("gradient") * layers.get(Expected.layer(path));
            var what = name + ": gradient of " + path;
            near(what + ", projected", expected.gradients.get(path).get(0), Hashed.product("gradient of " + path, g), bound);
            near(what + ", its length", expected.gradients.get(path).get(1), length(g), bound);
        });
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

    private static void near(String what, List<Double> expected, float[] actual, double relative) {
        assertEquals(expected.size(), actual.length, what);
        var largest = expected.stream().mapToDouble(Math::abs).max().orElseThrow();
        for (var i = 0; i < actual.length; i++) {
            near(what + ", " + i, expected.get(i), actual[i], relative * largest);
        }
    }

    private static void near(String what, double expected, double actual, double bound) {
        if (!(Math.abs(expected - actual) <= bound)) {
            fail("%s: %s, PyTorch has %s; difference %.3g, bound %.3g".formatted(
                    what, actual, expected, Math.abs(expected - actual), bound));
        }
    }
}
