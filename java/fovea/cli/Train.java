package fovea.cli;

import fovea.Precision;
import fovea.Session;
import fovea.data.Split;
import fovea.runtime.Cpus;
import fovea.runtime.Json;
import fovea.train.Checkpoint;
import fovea.train.Evaluation;
import fovea.train.TrainOptions;
import fovea.train.Trainer;
import fovea.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code fovea train lenet5}. */
@Command(name = "train", mixinStandardHelpOptions = true, description = "Trains a network and writes weights, history, TensorBoard events and "
        + "a report into a folder. A run that was stopped goes on with --resume.")
final class Train implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "<network>", description = "A built-in network, or a file of layers (.json, .yaml).")
    String network;

    @Option(names = "--recipe", paramLabel = "<name>", description = "How to train: default, or paper for all as in the network's paper. "
            + "Default: default.")
    String recipe;

    @Option(names = "--size", paramLabel = "<n>", description = "Scale images to n x n first. Default: as they are.")
    Integer size;

    @Option(names = "--data", paramLabel = "<data>", description = Data.WORDS + " Default: those of the built-in "
            + "data that have the shape of the network's input, else digits.")
    String data;

    @Option(names = "--epochs", paramLabel = "<n>", description = "Passes over the training data. Default: that of the network's recipe.")
    Integer epochs;

    @Option(names = "--batch", paramLabel = "<n>", description = "Images of a step. Default: that of the recipe.")
    Integer batch;

    @Option(names = "--lr", paramLabel = "<rate>", description = "Learning rate at its highest. Default: that of the recipe.")
    Double rate;

    @Option(names = "--seed", paramLabel = "<n>", description = "Of weights, order and augmentation. Default: 42.")
    Long seed;

    @Option(names = "--threads", paramLabel = "<n>", description = "Threads for arithmetic. Default: what the JVM may use.")
    Integer threads;

    @Option(names = "--precision", paramLabel = "<name>", description = "f32, or bf16 where the CPU has instructions for it: convolutions and "
            + "products round what they multiply. Default: f32.")
    String precision;

    @Option(names = "--out", paramLabel = "<folder>", description = "Where to write. Default: a new folder in runs.")
    Path out;

    @Option(names = "--resume", paramLabel = "<folder>", description = "Go on with the run in this folder, with all it was started with.")
    Path resume;

    @Option(names = "--checkpoint-every", paramLabel = "<steps>", description = "Steps between checkpoints; 0 for the "
            + "ends of epochs alone. Default: 200, more where a batch is of less than 64.")
    Long checkpointEvery;

    @Option(names = "--minutes", paramLabel = "<n>", description = "Stop after this time; --resume goes on.")
    Double minutes;

    @Option(names = "--json", description = "Print one JSON object at the end, and progress on standard error.")
    boolean json;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        check();
        Split split;
        Settings settings;
        if (resume != null) {
            settings = Settings.read(resume);
            split = Data.open(settings.data());
            out = resume;
        } else {
            var called = recipe == null ? Zoo.Entry.DEFAULT : recipe;
            var found = Networks.find(network, called);
            var source = data == null ? Data.suiting(found.input()) : data;
            split = Data.open(source);
            var statistics = Data.statistics(split.train());
            settings = new Settings(network, called, size == null ? 0 : size, source,
                    epochs == null ? found.recipe().epochs() : epochs,
                    batch == null ? found.recipe().batch() : batch, rate == null ? found.recipe().rate() : rate, seed == null ? 42 : seed,
                    threads == null ? Cpus.threads() : threads, Precision.of(precision == null ? "f32" : precision),
                    LongStream.of(split.train().imageShape().toArray()).boxed().toList(),
                    split.train().classes(), statistics.mean(), statistics.deviation());
            settings.check(found);
            if (out == null) {
                var label = Path.of(network).getFileName().toString().replaceAll("\\.[^.]*$", "");
                out = Path.of("runs", label + "-" + DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").format(LocalDateTime.now()));
            } else if (Files.exists(out.resolve(Settings.FILE))) {
                throw new IllegalArgumentException("%s holds a run already; give --resume %s to go on with it, or another folder".formatted(
                        out, out));
            }
            settings.write(out);
        }
        Data.tell(split.train(), spec.commandLine().getErr());
        Data.tell(split.test(), spec.commandLine().getErr());
        return train(settings, split);
    }

    private void check() {
        if ((network == null) == (resume == null)) {
            throw wrong("give a network to train or --resume with a folder, one of both");
        }
        if (resume != null
                && (data != null || recipe != null || size != null || epochs != null || batch != null || rate != null || seed != null
                        || threads != null || precision != null || out != null)) {
            throw wrong(
                    "--resume takes everything from the run's folder; leave --recipe, --size, --data, --epochs, --batch, --lr, --seed, --threads, --precision and --out out");
        }
        atLeast("--epochs", epochs, 1);
        atLeast("--size", size, 1);
        atLeast("--batch", batch, 1);
        atLeast("--threads", threads, 1);
        atLeast("--checkpoint-every", checkpointEvery, 0);
        if (rate != null && !(rate > 0) || minutes != null && !(minutes > 0)) {
            throw wrong(rate != null && !(rate > 0) ? "--lr is " + rate + "; it must be positive" : "--minutes is " + minutes
                    + "; it must be positive");
        }
    }

    private void atLeast(String option, Number value, long least) {
        if (value != null && value.longValue() < least) {
            throw wrong(option + " is " + value + "; give at least " + least);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private int train(Settings settings, Split split) throws IOException {
        var found = settings.found();
        var recipe = found.recipe();
        var options = new TrainOptions(settings.epochs(), settings.training(recipe)).evaluation(settings.judging(recipe))
                .schedule(recipe.schedule()).folder(out)
                .checkpointEvery(checkpointEvery == null ? Math.max(200, 12_800 / settings.batch()) : checkpointEvery)
                .named(settings.network() + " on " + settings.data(), command(settings));
        if (minutes != null) {
            options = options.budget(Duration.ofNanos(Math.max(1, Math.round(minutes * 60e9))));
        }
        try (var session = Session.open(Session.options().threads(settings.threads()).seed(settings.seed()).precision(
                settings.precision()))) {
            var network = found.layer(settings.classes().size());
            var model = recipe.build(network, session, settings.prepared(recipe), settings.seed());
            var trainer = new Trainer(model, recipe.optimizer().of(model, settings.rate()), options).loss(recipe.loss().of(model));
            trainer.callback(recipe.watch().of(model, trainer.optimizer()));
            var terminal = System.console() != null && System.console().isTerminal();
            trainer.progress(json ? spec.commandLine().getErr() : spec.commandLine().getOut(), terminal);
            var last = out.resolve("last.safetensors");
            if (resume != null && Files.exists(last)) {
                trainer.resume(last);
            }
            if (!recipe.differs().isEmpty()) {
                var told = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
                told.println("recipe " + settings.recipe() + "; not as in the paper: " + recipe.differs());
            }
            var history = trainer.fit(split.train(), split.test());
            // What stays on the disk as the best is what the result is about.
            model.load(Checkpoint.weights(Files.exists(out.resolve("best.safetensors")) ? out.resolve("best.safetensors") : last));
            report(settings, trainer.evaluate(split.test()), history.epochs().size());
        }
        return 0;
    }

    private String command(Settings s) {
        return "fovea train %s --recipe %s%s --data %s --epochs %d --batch %d --lr %s --seed %d --threads %d%s".formatted(
                s.network(), s.recipe(), s.size() == 0 ? "" : " --size " + s.size(), s.data(), s.epochs(), s.batch(), s.rate(), s.seed(),
                s.threads(), s.precision() == Precision.F32 ? "" : " --precision " + s.precision());
    }

    private void report(Settings settings, Evaluation judged, int epochsDone) {
        var writer = spec.commandLine().getOut();
        var report = out.resolve("report.html").toAbsolutePath().normalize();
        if (!json) {
            writer.println("best: " + judged);
            writer.println(epochsDone < settings.epochs() ? "stopped after %d of %d epochs; go on with: fovea train --resume %s".formatted(
                    epochsDone, settings.epochs(), out) : "report: " + report);
            return;
        }
        var all = new LinkedHashMap<String, Object>();
        all.put("network", settings.network());
        all.put("data", settings.data());
        all.put("epochs", epochsDone);
        all.putAll(Evaluate.facts(judged));
        all.put("folder", out.toAbsolutePath().normalize().toString());
        all.put("report", report.toString());
        writer.println(Json.of(all));
    }
}
