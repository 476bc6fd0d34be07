package fovea.train;

import fovea.data.Dataset;
import fovea.data.Loader;
import fovea.optim.Plateau;
import fovea.optim.WeightAverage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The files of a run: last and best weights, history, TensorBoard events, report. Without a folder it does nothing. */
final class Output implements AutoCloseable {
    private final Trainer trainer;
    private final Run run;
    private final Path folder;
    private final EventFile events;

    Output(Trainer trainer, Run run) throws IOException {
        this.trainer = trainer;
        this.run = run;
        folder = trainer.options().folder();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        events = folder == null ? null : EventFile.in(folder.resolve("events"));
    }

    void stepped(long iteration, double loss, double rate) {
        if (events != null) {
            events.scalar("train/loss", iteration, loss);
            events.scalar("train/rate", iteration, rate);
        }
    }

    void checkpoint(Plateau plateau, WeightAverage average, Loader.Position position) throws IOException {
        if (folder != null) {
            checkpoint("last.safetensors", plateau, average, position);
        }
    }

    private void checkpoint(String name, Plateau plateau, WeightAverage average, Loader.Position position) throws IOException {
        Checkpoint.write(folder.resolve(name), run, trainer.model(), trainer.optimizer(), plateau, average, position);
    }

    /** Weights of the best epoch so far: the averages where there are some. */
    void best(WeightAverage average) throws IOException {
        if (folder == null) {
            return;
        }
        var path = folder.resolve("best.safetensors");
        var words = Map.of("title", trainer.options().title(), "iteration", Long.toString(run.iteration),
                "validationAccuracy", Double.toString(run.best));
        if (average == null) {
            Checkpoint.writeWeights(path, trainer.model(), words);
        } else {
            TensorFile.write(path, words, TensorFile.arrays(average.averages()));
        }
    }

    void epochEnded(Epoch row, Plateau plateau, WeightAverage average, Loader.Position next) throws IOException {
        if (folder == null) {
            return;
        }
        events.scalar("train/accuracy", row.iteration(), row.accuracy());
        events.scalar("train/imagesPerSecond", row.iteration(), row.imagesPerSecond());
        if (!Double.isNaN(row.validationLoss())) {
            events.scalar("validation/loss", row.iteration(), row.validationLoss());
            events.scalar("validation/accuracy", row.iteration(), row.validationAccuracy());
        }
        run.history.write(folder);
        checkpoint("last.safetensors", plateau, average, next);
        var keep = trainer.options().keepEvery();
        if (keep > 0 && row.epoch() % keep == 0) {
            checkpoint("epoch-%04d.safetensors".formatted(row.epoch()), plateau, average, next);
        }
    }

    /** About the weights as they are now, on the validation data or else on the training data. */
    void report(Dataset train, Dataset validation) throws IOException {
        if (folder != null && !run.history.epochs().isEmpty()) {
            var shown = validation == null ? train : validation;
            var average = trainer.average();
            var page = average == null ? Report.page(trainer, shown) : average.use(() -> Report.page(trainer, shown));
            History.whole(folder.resolve("report.html"), page);
        }
    }

    @Override
    public void close() throws IOException {
        if (events != null) {
            events.close();
        }
    }
}
