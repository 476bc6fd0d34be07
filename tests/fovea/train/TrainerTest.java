package fovea.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Shape;
import fovea.data.Digits;
import fovea.data.Loader;
import fovea.nn.Layers;
import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.support.JsonReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    private static final Digits TRAIN = Digits.train(300, 28, 1);
    private static final Digits TEST = Digits.test(50, 28, 1);

    @TempDir
    Path folder;
    private final Session session = Session.open(Session.options().threads(1).seed(3));

    @AfterEach
    void close() {
        session.close();
    }

    private Model model() {
        return Layers.sequential(Layers.conv2d(6, 5), Layers.relu(), Layers.maxPool2d(4), Layers.conv2d(10, 6), Layers.flatten())
                .build(session, Shape.of(1, 28, 28), 1);
    }

    private Trainer trainer(Model model, TrainOptions options) {
        return new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 0)), options);
    }

    private static TrainOptions options(int epochs, int batch) {
        return new TrainOptions(epochs, Loader.options(batch).shuffle(true));
    }

    @Test
    void learnsAndWritesEverythingItPromises() throws IOException {
        var trainer = trainer(model(), options(6, 30).folder(folder).keepEvery(3).average(0.8).named("a <run>", "fovea train <x>"));
        var told = new ArrayList<String>();
        trainer.callback(new Callback() {
            @Override
            public void started(Trainer t) {
                told.add("started");
            }

            @Override
            public void epochEnded(Trainer t, Epoch epoch) {
                told.add("epoch " + epoch.epoch());
            }

            @Override
            public void ended(Trainer t, History history) {
                told.add("ended");
            }
        });
        var history = trainer.fit(TRAIN, TEST);
        assertEquals(List.of("started", "epoch 1", "epoch 2", "epoch 3", "epoch 4", "epoch 5", "epoch 6", "ended"), told);
        assertTrue(history.epochs().getLast().validationAccuracy() > 0.6, () -> history.epochs().toString());
        assertEquals(60, history.epochs().getLast().iteration());
        assertEquals(60, history.points().size());
        for (var file : List.of("last.safetensors", "best.safetensors", "epoch-0003.safetensors", "epoch-0006.safetensors",
                "report.html")) {
            assertTrue(Files.exists(folder.resolve(file)), file);
        }
        assertFalse(Files.exists(folder.resolve("epoch-0002.safetensors")));
        var csv = Files.readAllLines(folder.resolve("history.csv"));
        assertEquals(7, csv.size());
        assertTrue(csv.getFirst().startsWith("epoch,iteration,rate,loss,accuracy,validationLoss,validationAccuracy,"), csv::getFirst);
        var json = JsonReader.object(Files.readString(folder.resolve("history.json")));
        assertEquals(6, ((List<?>) json.get("epochs")).size());
        assertTrue(Files.readString(folder.resolve("report.html")).contains("fovea train &lt;x&gt;"));
    }

    /** The gradient of a batch is that of its halves, whatever their sizes: 300 = 4 * 70 + 20 images. */
    @Test
    void accumulatedBatchesAreOneLargeBatch() {
        var one = trainer(model(), new TrainOptions(1, Loader.options(140)));
        one.fit(TRAIN);
        var whole = one.model().parameters().getFirst().toArray();
        try (var second = Session.open(Session.options().threads(1).seed(3))) {
            var model = Layers.sequential(Layers.conv2d(6, 5), Layers.relu(), Layers.maxPool2d(4), Layers.conv2d(10, 6), Layers.flatten())
                    .build(second, Shape.of(1, 28, 28), 1);
            var halves = trainer(model, new TrainOptions(1, Loader.options(70)).accumulate(2));
            assertEquals(3, halves.fit(TRAIN).epochs().getFirst().iteration());
            assertArrayEquals(whole, model.parameters().getFirst().toArray(), 1e-5f);
        }
    }

    @Test
    void stopsWhenNothingGetsBetter() {
        var model = model();
        model.freeze("3.weight");
        var trainer = new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(0)), options(20, 100).patience(2));
        assertEquals(3, trainer.fit(TRAIN, TEST).epochs().size());
    }

    @Test
    void stopsWhenItsTimeIsOverAndGoesOnLater() throws IOException {
        var model = model();
        var first = trainer(model, options(2, 10).budget(Duration.ofNanos(1)).folder(folder));
        assertEquals(0, first.fit(TRAIN, TEST).epochs().size());
        var second = trainer(model, options(2, 10).folder(folder)).resume(folder.resolve("last.safetensors"));
        var epochs = second.fit(TRAIN, TEST).epochs();
        assertEquals(60, epochs.getLast().iteration());
        assertEquals(300, epochs.getFirst().images());
    }

    @Test
    void predictionsAreProbabilitiesThatEvaluationCounts() {
        var trainer = trainer(model(), options(2, 20));
        trainer.fit(TRAIN);
        var rows = trainer.predict(TEST);
        var right = 0;
        for (var i = 0; i < rows.length; i++) {
            var sum = 0.0;
            for (var p : rows[i]) {
                sum += p;
            }
            assertEquals(1, sum, 1e-5);
            right += Scores.best(rows[i], 0, 10) == TEST.label(i) ? 1 : 0;
        }
        assertEquals(right, trainer.evaluate(TEST).top1());
        assertEquals(50, rows.length);
    }

    @Test
    void whatIsNoTerminalGetsPlainLines() {
        var text = new StringWriter();
        trainer(model(), options(2, 30)).progress(new PrintWriter(text), false).fit(TRAIN, TEST);
        assertFalse(text.toString().contains("\r"), text::toString);
        var lines = text.toString().lines().toList();
        assertEquals(8, lines.size(), text::toString);
        assertTrue(lines.getFirst().matches("epoch 1/2, 3 of 10: [\\d,]+ images/s  loss \\d\\.\\d{4}  accuracy \\d+\\.\\d\\d %"
                + "  waiting for data \\d+ %  \\d+:\\d\\d left"), lines::getFirst);
        assertTrue(lines.get(3).startsWith("epoch 1/2  0:0") && lines.get(3).contains("validation loss"), lines::toString);
    }

    @Test
    void aTerminalGetsOneLineThatMoves() {
        var text = new StringWriter();
        trainer(model(), options(1, 30)).progress(new PrintWriter(text), true).fit(TRAIN, TEST);
        assertEquals(1, text.toString().lines().filter(line -> line.contains("epoch 1/1  ")).count(), text::toString);
        assertTrue(text.toString().contains("\r") && text.toString().endsWith(System.lineSeparator()), text::toString);
    }

    @Test
    void refusesDataWithOtherClasses() {
        var model = Layers.sequential(Layers.conv2d(7, 28), Layers.flatten()).build(session, Shape.of(1, 28, 28), 1);
        var e = assertThrows(IllegalArgumentException.class, () -> trainer(model, options(1, 10)).fit(TRAIN));
        assertTrue(e.getMessage().contains("7 classes") && e.getMessage().contains("10"), e::getMessage);
        assertThrows(IllegalArgumentException.class, () -> options(0, 10));
        assertThrows(IllegalArgumentException.class, () -> options(1, 10).average(1));
    }
}
