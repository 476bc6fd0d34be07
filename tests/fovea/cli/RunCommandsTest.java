package fovea.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.data.Digits;
import fovea.data.Image;
import fovea.runtime.Json;
import fovea.train.Png;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands as a user types them: a run from training to predictions, those that need no run, and what all say to mistakes. */
class RunCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Commands.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private void succeed(String... arguments) {
        assertEquals(0, run(arguments), err::toString);
    }

    private Map<?, ?> json(String... arguments) {
        succeed(arguments);
        return (Map<?, ?>) Json.parse(out.toString());
    }

    private void fails(int code, String part, String... arguments) {
        assertEquals(code, run(arguments), err::toString);
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().contains(part), err::toString);
    }

    private String network() throws IOException {
        var file = folder.resolve("net.json");
        Files.writeString(file, """
                {"input": [1, 28, 28],
                 "layers": [{"conv2d": [4, 5]}, "relu", {"maxPool2d": 4}, "flatten", {"dropout": 0.1}, {"dense": "classes"}]}
                """);
        return file.toString();
    }

    private Path picture(int index) throws IOException {
        var digits = Digits.test(20, 28, 5);
        var image = new Image();
        digits.read(index, image);
        var file = folder.resolve("pictures/" + index + ".png");
        Files.createDirectories(file.getParent());
        Files.write(file, Png.of(Arrays.copyOf(image.bytes(), 784), 1, 28, 28));
        return file;
    }

    private String[] training(String place, String... more) throws IOException {
        var usual = List.of("train", network(), "--data", "digits:600", "--epochs", "2", "--batch", "50", "--lr", "0.02", "--seed", "7",
                "--threads", "1", "--out", place, "--json");
        return with(usual.toArray(String[]::new), more);
    }

    @Test
    void aRunThatIsStoppedAndResumedEndsLikeOneThatWasNot() throws IOException {
        var whole = folder.resolve("whole").toString();
        var stopped = folder.resolve("stopped").toString();
        assertEquals(2L, json(training(whole)).get("epochs"));
        assertTrue(err.toString().contains("epoch 2/2"), "progress is on standard error: " + err);
        assertEquals(0L, json(training(stopped, "--minutes", "1e-6")).get("epochs"));
        for (var file : List.of("run.json", "last.safetensors", "best.safetensors", "report.html", "history.csv", "history.json")) {
            assertTrue(Files.size(Path.of(whole, file)) > 0, file);
        }
        assertNotEquals(-1, Files.mismatch(Path.of(whole, "last.safetensors"), Path.of(stopped, "last.safetensors")));
        succeed("train", "--resume", stopped);
        assertTrue(out.toString().contains("report: "), out::toString);
        assertEquals(-1, Files.mismatch(Path.of(whole, "best.safetensors"), Path.of(stopped, "best.safetensors")));
        fails(1, "holds a run already", "train", network(), "--data", "digits:60", "--out", whole);
        fails(2, "--resume takes everything from the run's folder", "train", "--resume", stopped, "--epochs", "3");
    }

    @Test
    void aRunIsJudgedAndAskedAboutPicturesBrokenOnesCounted() throws IOException {
        var run = folder.resolve("run").toString();
        succeed(training(run));
        var judged = json("evaluate", run, "--json");
        assertEquals(100L, judged.get("samples"));
        assertTrue((double) judged.get("accuracy") > 0.3, judged::toString);
        succeed("evaluate", run, "--data", "digits:60", "--threads", "2");
        assertTrue(out.toString().startsWith("10 images: ") && out.toString().contains("recall"), out::toString);

        picture(0);
        picture(1);
        var pictures = folder.resolve("pictures").toString();
        var predicted = json("predict", run, pictures, "--top", "2", "--json");
        assertEquals(0L, predicted.get("skipped"));
        var all = (List<?>) predicted.get("pictures");
        assertEquals(2, all.size());
        assertTrue(((Map<?, ?>) all.getFirst()).get("file").toString().endsWith("0.png"));
        assertEquals(2, ((List<?>) ((Map<?, ?>) all.getFirst()).get("classes")).size());
        succeed("predict", run, picture(3).toString());
        assertTrue(out.toString().matches("(?s).*3\\.png(  \\d \\d+\\.\\d %){3}\\R"), out::toString);

        var broken = Files.writeString(folder.resolve("pictures/9.png"), "no picture");
        fails(1, broken.toString(), "predict", run, pictures);
        assertEquals(1L, json("predict", run, pictures, "--skip-broken", "--json").get("skipped"));
        assertTrue(err.toString().startsWith("skipped: " + broken), err::toString);
        assertTrue(err.toString().endsWith("1 of 4 pictures skipped" + System.lineSeparator()), err::toString);
        fails(1, "there is no file", "predict", run, folder.resolve("none.png").toString());
        fails(2, "--top is 0", "predict", run, pictures, "--top", "0");
    }

    @Test
    void foldersOfPicturesTrainANetworkAndBrokenOnesAreCountedWhenAsked() throws IOException {
        var digits = Digits.test(60, 28, 5);
        var image = new Image();
        for (var i = 0; i < digits.size(); i++) {
            digits.read(i, image);
            var file = folder.resolve("photos/%s/%d/%d.png".formatted(i < 40 ? "train" : "val", digits.label(i) % 2, i));
            Files.createDirectories(file.getParent());
            Files.write(file, Png.of(Arrays.copyOf(image.bytes(), 784), 1, 28, 28));
        }
        var broken = Files.write(folder.resolve("photos/train/0/torn.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G'});
        var data = "folder:" + folder.resolve("photos") + "@1x28x28";
        var run = folder.resolve("photo-run").toString();
        var usual = new String[] {"train", network(), "--epochs", "1", "--batch", "8", "--threads", "1", "--out"};
        fails(1, broken.toString(), with(usual, folder.resolve("none").toString(), "--data", data));
        succeed(with(usual, run, "--data", data + ",skip-broken"));
        assertTrue(err.toString().contains("skipped: " + broken) && err.toString().contains("1 of 41 pictures skipped"), err::toString);
        assertEquals(20L, json("evaluate", run, "--json").get("samples"));
        fails(1, "'@1x28' is unknown; give channels, height and width", "evaluate", run, "--data", data.replace("x28x28", "x28"));
    }

    private static String[] with(String[] first, String... more) {
        return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void mistakesOfTheUserAreOneLineWithTheRemedy() throws IOException {
        fails(2, "give a network to train or --resume", "train");
        fails(2, "--epochs is 0; give at least 1", "train", "lenet5", "--epochs", "0");
        fails(2, "--lr is -1.0; it must be positive", "train", "lenet5", "--lr", "-1");
        fails(1, "no network is called 'lenet6'; there are ", "summary", "lenet6");
        fails(1, "there is no file nothing.json", "summary", "nothing.json");
        fails(1, "data 'nists' is unknown; there are ", "train", network(), "--data", "nists", "--out", folder.resolve("x").toString());
        fails(1, "give --data cifar10", "train", "resnet20-cifar", "--recipe", "paper", "--data", "digits:20");
        fails(1, "give --data folder:<path>", "train", "alexnet", "--recipe", "paper", "--data", "digits:20");
        fails(1, "is no folder of a run", "evaluate", folder.toString());
        fails(1, "is no folder of a run", "predict", folder.toString(), network());
        fails(1, "there is no file", "filters", folder.resolve("none.png").toString());
        fails(2, "--mirror", "fetch", "mnist", "--mirror", "ftp://somewhere");
        fails(2, "'nists' is no data set to fetch", "fetch", "nists");
        fails(2, "--seconds is 0.0", "bench", "lenet5", "--seconds", "0");
        fails(2, "--checkpoints: 500 parts of a chain", "bench", "lenet5", "--checkpoints", "500");
        fails(2, "--classes is 0", "summary", "lenet5", "--classes", "0");
        fails(1, "precision 'fp8' is unknown; give f32 or bf16", "bench", "lenet5", "--precision", "fp8");
    }

    @Test
    void summariesCountWhatLayersCount() throws IOException {
        var facts = json("summary", "lenet5", "--json");
        assertEquals(61_706L, facts.get("parameters"));
        assertEquals(416_520L, facts.get("macs"));
        assertEquals(12, ((List<?>) facts.get("layers")).size());
        succeed("summary", network(), "--classes", "3", "--input", "1,20,20");
        assertTrue(out.toString().contains("dense 3") && out.toString().contains("conv2d 4 5x5"), out::toString);
    }

    @Test
    void benchAndFiltersSayWhereTheirFilesAre() throws IOException {
        var trace = folder.resolve("trace.json");
        var facts = json("bench", network(), "--batch", "4", "--seconds", "0.05", "--threads", "1", "--profile", trace.toString(),
                "--json");
        assertTrue((double) facts.get("imagesPerSecond") > 0);
        assertFalse(((List<?>) facts.get("ops")).isEmpty());
        assertFalse(((List<?>) ((Map<?, ?>) Json.parse(Files.readString(trace))).get("traceEvents")).isEmpty());
        // 4 images, 24 x 24 places, 4 filters of 25 weights, twice; the same once more for the weights, and none for the images.
        var conv = (Map<?, ?>) ((List<?>) facts.get("ops")).stream().filter(o -> ((Map<?, ?>) o).get("op").toString().startsWith("Conv"))
                .findFirst().orElseThrow();
        assertEquals(2L * 4 * 576 * 4 * 25, conv.get("forwardFlops"));
        assertEquals(conv.get("forwardFlops"), conv.get("backwardFlops"));
        // Images, weights, biases, and what comes out, at its full or at its pooled size.
        var read = 4L * (4 * 784 + 4 * 25 + 4);
        assertTrue(List.of(read + 4 * 4 * 4 * 576, read + 4 * 4 * 4 * 36).contains(conv.get("forwardBytes")), conv::toString);
        var page = folder.resolve("profile.html");
        succeed("bench", network(), "--batch", "4", "--seconds", "0.05", "--threads", "1", "--profile", page.toString());
        assertTrue(out.toString().contains("GFLOP/s") && out.toString().contains("profile: " + page), out::toString);
        assertTrue(Files.readString(page).contains("Conv backward"), "the page names the passes");
        var predictions = json("bench", network(), "--batch", "4", "--seconds", "0.05", "--threads", "3", "--infer", "--scaling", "--json");
        assertEquals("infer", predictions.get("mode"));
        assertEquals(List.of(1L, 2L, 3L), ((List<?>) predictions.get("scaling")).stream().map(row -> ((Map<?, ?>) row).get("threads"))
                .toList());
        assertEquals(3L, predictions.get("threads"), "scaling ends with the threads that it began with");
        succeed("bench", network(), "--batch", "4", "--seconds", "0.05", "--threads", "2", "--scaling");
        assertTrue(out.toString().contains("as fast as one"), out::toString);
        var filtered = json("filters", picture(2).toString(), "--out", folder.resolve("filtered").toString(), "--json");
        var pictures = (List<?>) filtered.get("pictures");
        assertEquals(6, pictures.size());
        for (var file : pictures) {
            assertTrue(Files.size(Path.of(file.toString())) > 50, file::toString);
        }
    }

    private long held(String... more) {
        var words = new ArrayList<>(List.of("bench", "resnet20-cifar", "--batch", "16", "--seconds", "0.05", "--json"));
        words.addAll(List.of(more));
        return (long) json(words.toArray(String[]::new)).get("memoryHeldBytes");
    }

    @Test
    void benchTakesLessMemoryWhereResultsAreMadeAnew() {
        var all = held();
        assertTrue(held("--recompute") < all);
        assertTrue(held("--checkpoints", "3") < all);
    }

    @Test
    void everyCommandHasHelpAndCompletionNamesThemAll() {
        for (var command : List.of("train", "evaluate", "predict", "summary", "doctor", "bench", "fetch", "filters", "completion")) {
            succeed(command, "--help");
            assertTrue(out.toString().contains("Usage: fovea " + command), out::toString);
        }
        succeed("completion");
        for (var command : List.of("train", "evaluate", "predict", "summary", "doctor", "bench", "fetch", "filters")) {
            assertTrue(out.toString().contains("picocli_fovea_" + command), command);
        }
    }
}
