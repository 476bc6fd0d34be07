package fovea.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands as a user types them: those that need no run, and what all say to mistakes. */
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

    @Test
    void mistakesOfTheUserAreOneLineWithTheRemedy() throws IOException {
        fails(2, "give a network to train or --resume", "train");
        fails(2, "--epochs is 0; give at least 1", "train", "lenet5", "--epochs", "0");
        fails(2, "--lr is -1.0; it must be positive", "train", "lenet5", "--lr", "-1");
        fails(1, "no network is called 'lenet6'; there are ", "summary", "lenet6");
        fails(1, "there is no file nothing.json", "summary", "nothing.json");
        fails(1, "data 'nists' is unknown; there are ", "train", network(), "--data", "nists", "--out", folder.resolve("x").toString());
        fails(1, "is no folder of a run", "evaluate", folder.toString());
        fails(1, "is no folder of a run", "predict", folder.toString(), network());
        fails(1, "there is no file", "filters", folder.resolve("none.png").toString());
        fails(2, "--mirror", "fetch", "mnist", "--mirror", "ftp://somewhere");
        fails(2, "'nists' is no data set to fetch", "fetch", "nists");
        fails(2, "--seconds is 0.0", "bench", "lenet5", "--seconds", "0");
        fails(2, "--classes is 0", "summary", "lenet5", "--classes", "0");
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
        var filtered = json("filters", picture(2).toString(), "--out", folder.resolve("filtered").toString(), "--json");
        var pictures = (List<?>) filtered.get("pictures");
        assertEquals(6, pictures.size());
        for (var file : pictures) {
            assertTrue(Files.size(Path.of(file.toString())) > 50, file::toString);
        }
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
