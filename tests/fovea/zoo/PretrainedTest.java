package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.data.Cifar;
import fovea.data.Dataset;
import fovea.data.Image;
import fovea.nn.Array;
import fovea.nn.Model;
import fovea.support.JsonReader;
import fovea.support.SafetensorsReader;
import fovea.support.SharedData;
import fovea.support.TorchLegacy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Weights that others trained, loaded by name, see what they saw where they were trained. */
class PretrainedTest {
    /** As many pictures of CIFAR have recorded scores. */
    private static final int BATCH = 500;

    /** Of scores, relative to the largest: what {@link PyTorchNetworksTest} allows this network with other weights. */
    @SuppressWarnings("unchecked")
    private static double bound(String network) throws IOException {
        var json = JsonReader.object(Files.readString(Path.of("tests/fovea/zoo/pytorch", network + ".json")));
        var eval = (List<Double>) json.get("eval");
        var largest = 0.0;
        var deviation = 0.0;
        for (var i = 0; i < eval.size(); i += 2) {
            largest = Math.max(largest, Math.abs(eval.get(i)));
            deviation = Math.max(deviation, eval.get(i + 1));
        }
        return (Double) json.get("factor") * deviation / largest;
    }

    private static void near(String what, float[] expected, float[] actual, int from, double bound) {
        var largest = 0.0;
        for (var e : expected) {
            largest = Math.max(largest, Math.abs(e));
        }
        for (var i = 0; i < expected.length; i++) {
            if (!(Math.abs(expected[i] - actual[from + i]) <= bound * largest)) {
                fail("%s: score %d is %s, expected %s; difference %.3g, bound %.3g".formatted(what, i, actual[from + i], expected[i],
                        Math.abs(expected[i] - actual[from + i]), bound * largest));
            }
        }
    }

    private static List<Integer> best(float[] scores, int many) {
        return IntStream.range(0, scores.length).boxed().sorted((a, b) -> Float.compare(scores[b], scores[a])).limit(many).toList();
    }

    /** The middle 227 x 227 places of a picture of 256 x 256, blue first, from 0 to 255 less the mean. */
    private static float[] pixels(Path file) throws IOException {
        var picture = ImageIO.read(file.toFile());
        var x = new float[3 * 227 * 227];
        float[] means = {104, 117, 123};
        for (var row = 0; row < 227; row++) {
            for (var column = 0; column < 227; column++) {
                var rgb = picture.getRGB(column + 14, row + 14);
                for (var c = 0; c < 3; c++) {
                    x[(c * 227 + row) * 227 + column] = (rgb >> 8 * c & 0xff) - means[c];
                }
            }
        }
        return x;
    }

    @Test
    @SuppressWarnings("unchecked")
    void squeezenetKnowsPhotographs() throws IOException {
        var weights = SharedData.path("pretrained/squeezenet1_0-deepcompression/squeezenet1_0-deepcompression.safetensors");
        var samples = SharedData.path("imagenet-samples");
        var expected = SafetensorsReader.read(samples.resolve("expected.safetensors"));
        var rows = (List<Map<String, Object>>) JsonReader.object(Files.readString(samples.resolve("expected.json"))).get("rows");
        var judged = 0;
        try (var session = Session.open(Session.options().winograd(false))) {
            var model = Zoo.byName("squeezenet1_0").layer().build(session, Shape.of(3, 227, 227), 1);
            model.load(SafetensorsReader.read(weights));
            for (var row : rows) {
                var name = ((String) row.get("file")).replaceAll("\\.[^.]*$", "");
                var picture = samples.resolve("crops256/" + name + ".png");
                if (!Files.exists(picture)) {
                    continue;
                }
                try (var step = session.step(Mode.EVAL)) {
                    var scores = model.forward(step.of(Shape.of(1, 3, 227, 227), pixels(picture))).toArray();
                    near(name, expected.get(name + "/squeezenet1_0.logits").elements(), scores, 0, bound("squeezenet1-0"));
                    assertEquals(((List<Double>) row.get("squeezenet1_0_top5")).stream().map(Double::intValue).toList(), best(scores, 5),
                            name);
                }
                judged++;
            }
        }
        assertTrue(judged >= 8, "photographs: " + judged);
    }

    @Test
    void weightsOfAnotherNetworkAreNamedAndNothingIsLoaded() throws IOException {
        var weights = SafetensorsReader.read(
                SharedData.path("pretrained/squeezenet1_0-deepcompression/squeezenet1_0-deepcompression.safetensors"));
        try (var session = Session.open()) {
            var model = Zoo.byName("squeezenet1_1").layer().build(session, Shape.of(3, 224, 224), 1);
            var before = model.parameter("classifier.1.weight").toArray();
            var refusal = assertThrows(IllegalArgumentException.class, () -> model.load(weights));
            assertTrue(refusal.getMessage().contains("features.6.squeeze.weight")
                    && refusal.getMessage().contains("features.0.weight is [64, 3, 3, 3] here and [96, 3, 7, 7] there"),
                    refusal::getMessage);
            // The classifier is the same in both, but it is not loaded either.
            assertArrayEquals(before, model.parameter("classifier.1.weight").toArray());
        }
    }

    @Test
    void resnetSaysOfPicturesWhatItSaidWhereItWasTrained() throws IOException {
        residual("resnet20", "resnet20-12fca82f.th", false);
        residual("resnet32", "resnet32-d509ac18.th", false);
    }

    @Test
    @Tag("zoo")
    void resnetKnowsAsManyPicturesAsWhereItWasTrained() throws IOException {
        residual("resnet20", "resnet20-12fca82f.th", true);
        residual("resnet32", "resnet32-d509ac18.th", true);
    }

    @SuppressWarnings("unchecked")
    private static void residual(String name, String file, boolean count) throws IOException {
        var folder = SharedData.path("pretrained/resnet-cifar10");
        var weights = new LinkedHashMap<String, Array>();
        TorchLegacy.read(folder.resolve(file)).forEach((path, array) -> weights.put(path.substring("module.".length()), array));
        var figures = (Map<String, Object>) JsonReader.object(Files.readString(folder.resolve("expected.json"))).get(name);
        var expected = SafetensorsReader.read(folder.resolve("expected.safetensors")).get(name + ".logits");
        var test = Cifar.read10(SharedData.path("cifar10-subset")).test();
        try (var session = Session.open(Session.options().winograd(false))) {
            var model = Zoo.byName(name + "-cifar").layer().build(session, Shape.of(3, 32, 32), 1);
            model.load(weights);
            var right = correct(name, model, test, expected, count ? test.size() : BATCH);
            assertTrue(!count || right == ((Double) figures.get("correct")).intValue(), () -> right + " are right");
        }
    }

    private static int correct(String name, Model model, Dataset test, Array expected, int images) throws IOException {
        float[] means = {0.485f, 0.456f, 0.406f};
        float[] deviations = {0.229f, 0.224f, 0.225f};
        var image = new Image();
        var right = 0;
        for (var first = 0; first < images; first += BATCH) {
            var x = new float[BATCH * 3072];
            for (var i = 0; i < BATCH; i++) {
                test.read(first + i, image);
                for (var k = 0; k < 3072; k++) {
                    x[i * 3072 + k] = ((image.bytes()[k] & 0xff) / 255f - means[k / 1024]) / deviations[k / 1024];
                }
            }
            try (var step = model.session().step(Mode.EVAL)) {
                var scores = model.forward(step.of(Shape.of(BATCH, 3, 32, 32), x)).toArray();
                if (first == 0) {
                    near(name, expected.elements(), scores, 0, bound("resnet18"));
                }
                for (var i = 0; i < BATCH; i++) {
                    var best = best(Arrays.copyOfRange(scores, 10 * i, 10 * i + 10), 1).getFirst();
                    right += best == test.label(first + i) ? 1 : 0;
                }
            }
        }
        return right;
    }
}
