package fovea.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Shape;
import fovea.data.Loader;
import fovea.nn.Layers;
import fovea.nn.Model;
import fovea.optim.AdamW;
import fovea.optim.Sgd;
import fovea.support.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that was killed and resumed ends with the same bits as one that was not. */
class ResumeTest {
    private static final String PATHS = place(Trainer.class) + File.pathSeparator + place(ResumeTest.class);

    @TempDir
    Path folder;

    /** With tests patched into the module, a class of either kind says where the module lies; the tests lie beside it. */
    private static String place(Class<?> type) {
        var classes = Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
        return type == ResumeTest.class ? classes.resolveSibling("test-classes").toString() : classes.toString();
    }

    private static List<String> command(Path out, int pause) {
        return List.of("--enable-native-access=ALL-UNNAMED", "-cp", PATHS, RunProbe.class.getName(), out.toString(),
                Integer.toString(pause));
    }

    @Test
    void aRunKilledAtAnyMomentEndsWithTheBitsOfAnUndisturbedOne() throws Exception {
        var undisturbed = ChildJvm.run(command(folder.resolve("a"), 0));
        assertEquals(0, undisturbed.exit(), undisturbed::toString);
        assertEquals("false", undisturbed.line("resumed: "));
        var out = folder.resolve("b");
        var random = new Random();
        var killed = 0;
        for (var attempt = 0; attempt < 12 && killed < 5; attempt++) {
            var child = ChildJvm.start(command(out, 20));
            var last = out.resolve("last.safetensors");
            var before = Files.exists(last) ? Files.getLastModifiedTime(last) : null;
            while (child.isAlive() && (!Files.exists(last) || Files.getLastModifiedTime(last).equals(before))) {
                Thread.sleep(2);
            }
            Thread.sleep(random.nextInt(60));
            var result = child.kill();
            killed += result.exit() == 0 ? 0 : 1;
        }
        assertTrue(killed >= 3, "only " + killed + " kills came in time");
        var resumed = ChildJvm.run(command(out, 0));
        assertEquals(0, resumed.exit(), resumed::toString);
        assertEquals("true", resumed.line("resumed: "));
        for (var fact : List.of("weights: ", "live: ", "epochs: ")) {
            assertEquals(undisturbed.line(fact), resumed.line(fact), fact);
        }
    }

    private static Model model(Session session, int filters) {
        return Layers.sequential(Layers.conv2d(filters, 28), Layers.flatten()).build(session, Shape.of(1, 28, 28), 1);
    }

    private static TrainOptions options() {
        return new TrainOptions(1, Loader.options(8));
    }

    @Test
    void aCheckpointOfAnotherRunIsRefusedWithTheDifference() throws IOException {
        var path = folder.resolve("c.safetensors");
        try (var session = Session.open(Session.options().seed(1))) {
            var model = model(session, 10);
            Checkpoint.write(path, new Run(), model, new Sgd(model.parameters(), new Sgd.Options(0.1)), null, null,
                    new Loader.Position(1, 0, 0, 8, 8));
            var average = new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(0.1)), options().average(0.9));
            assertMentions(assertThrows(IllegalArgumentException.class, () -> average.resume(path)), "weight average");
            var adam = new Trainer(model, new AdamW(model.parameters(), new AdamW.Options(0.1)), options());
            assertMentions(assertThrows(IllegalArgumentException.class, () -> adam.resume(path)), "Sgd");
        }
        try (var session = Session.open(Session.options().seed(2))) {
            var model = model(session, 10);
            var trainer = new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(0.1)), options());
            assertMentions(assertThrows(IllegalArgumentException.class, () -> trainer.resume(path)), "seed 1");
        }
        try (var session = Session.open(Session.options().seed(1))) {
            var model = model(session, 11);
            var trainer = new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(0.1)), options());
            assertMentions(assertThrows(IllegalArgumentException.class, () -> trainer.resume(path)), "another network");
            TensorFile.write(path, Map.of(), TensorFile.arrays(model.state()));
            assertMentions(assertThrows(IOException.class, () -> trainer.resume(path)), "no training");
        }
    }

    private static void assertMentions(Exception e, String words) {
        assertTrue(e.getMessage().contains(words), e::getMessage);
    }
}
