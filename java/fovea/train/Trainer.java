package fovea.train;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Step;
import fovea.Tensor;
import fovea.data.Batch;
import fovea.data.Dataset;
import fovea.data.LastBatch;
import fovea.data.Loader;
import fovea.nn.Loss;
import fovea.nn.Model;
import fovea.optim.Optimizer;
import fovea.optim.Plateau;
import fovea.optim.Schedule;
import fovea.optim.WeightAverage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The training loop with everything around it: evaluation, progress, checkpoints, history, report.
 *
 * <pre>{@code
 * var model = lenet.build(session, Shape.of(1, 28, 28), 42);
 * var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 5e-4));
 * var trainer = new Trainer(model, sgd, new TrainOptions(10, Loader.options(128).shuffle(true).augment(normalise)));
 * trainer.fit(mnist.train(), mnist.test());
 * System.out.println(trainer.evaluate(mnist.test()));
 * }</pre>
 *
 * <p>A run that was killed goes on with {@link #resume} and {@code fit} with the same data and options, and ends with the same bits
 * as one that was not. The session's seed, its thread count and the loaders' seeds are part of that.
 */
public final class Trainer {
    private final Model model;
    private final Optimizer optimizer;
    private final TrainOptions options;
    private final Plateau plateau;
    private final WeightAverage average;
    private final List<Callback> callbacks = new ArrayList<>();
    private Loss loss = Tensor::crossEntropy;
    private Progress progress;
    private Run run = new Run();
    /** Where the run is to go on, after {@link #resume}. */
    private Loader.Position position;
    private boolean stopping;
    private long deadline;

    public Trainer(Model model, Optimizer optimizer, TrainOptions options) {
        if (model.outputShape().rank() != 1) {
            throw new IllegalArgumentException("the trainer is for classifiers: the model gives %s, and [classes] is expected; end it with"
                    .formatted(model.outputShape()) + " flatten(), dense(classes), or write the loop yourself");
        }
        this.model = model;
        this.optimizer = optimizer;
        this.options = options;
        plateau = options.plateau() == null ? null : new Plateau(options.plateau());
        average = options.average() == 0 ? null : WeightAverage.exponential(model.state(), options.average());
    }

    /** Another loss than cross-entropy. It gets the model's output and the labels: ids, or shares of classes after MixUp. */
    public Trainer loss(Loss other) {
        loss = other;
        return this;
    }

    /** Adds one who is told. */
    public Trainer callback(Callback callback) {
        callbacks.add(callback);
        return this;
    }

    /** Shows progress: as a bar that moves, or as plain lines where it is no terminal. */
    public Trainer progress(PrintWriter out, boolean terminal) {
        progress = new Progress(out, terminal);
        return this;
    }

    public Model model() {
        return model;
    }

    public Optimizer optimizer() {
        return optimizer;
    }

    public TrainOptions options() {
        return options;
    }

    public History history() {
        return run.history;
    }

    /** Ends the run after the step at hand, from a callback; it can be resumed. */
    public void stop() {
        stopping = true;
    }

    /** Takes everything from a checkpoint of the same run; {@link #fit} then goes on where it was written. */
    public Trainer resume(Path checkpoint) throws IOException {
        var found = Checkpoint.read(checkpoint, model, optimizer, plateau, average);
        run = found.run();
        position = found.position();
        return this;
    }

    /** Trains without looking at other data; then there is no best epoch, and the report is about the last. */
    public History fit(Dataset train) {
        return fit(train, null);
    }

    /**
     * Trains for as many epochs as the options say, counted from the beginning of the run. Call it again only after {@link #resume}.
     *
     * @param validation evaluated after every epoch; null for none
     */
    public History fit(Dataset train, Dataset validation) {
        check(train);
        if (validation != null) {
            check(validation);
        }
        stopping = false;
        deadline = options.budget() == null ? Long.MAX_VALUE : System.nanoTime() + options.budget().toNanos();
        try (var loader = train.loader(options.data()); var output = new Output(this, run)) {
            var steps = (loader.batchesPerEpoch() + options.accumulate() - 1) / options.accumulate();
            var schedule = options.schedule() == null ? null : options.schedule().apply((long) steps * options.epochs());
            callbacks.forEach(c -> c.started(this));
            for (var epoch = position == null ? 1 : position.epoch(); epoch <= options.epochs() && !stopping; epoch++) {
                epoch((int) epoch, loader, schedule, validation, output);
            }
            callbacks.forEach(c -> c.ended(this, run.history));
            output.report(train, validation);
        } catch (IOException e) {
            throw new UncheckedIOException("the run's files cannot be written: " + e.getMessage(), e);
        }
        return run.history;
    }

    private void check(Dataset data) {
        if (data.classes().size() != model.outputShape().dim(0)) {
            throw new IllegalArgumentException("the model tells %d classes apart and %s has %d; build the model for as many".formatted(
                    model.outputShape().dim(0), data, data.classes().size()));
        }
    }

    private void epoch(int number, Loader loader, Schedule schedule, Dataset validation, Output output) throws IOException {
        var resumed = position != null && position.batch() > 0;
        var batches = (resumed ? loader.from(position) : loader.epoch(number)).iterator();
        var first = resumed ? position.batch() : 0;
        position = null;
        if (!resumed) {
            run.beginEpoch();
            callbacks.forEach(c -> c.epochStarted(this, number, loader.dataset()));
        }
        if (progress != null) {
            progress.begin(number, options.epochs(), loader.batchesPerEpoch() - first);
        }
        var begun = System.nanoTime();
        var before = run.seconds;
        var waitedBefore = run.waited;
        var shown = run.images;
        for (var done = first; batches.hasNext() && !stopping;) {
            var group = Math.min(options.accumulate(), loader.batchesPerEpoch() - done);
            var updates = group == 1 && !optimizer.clipsNorm();
            if (schedule != null) {
                optimizer.rateFactor(schedule.at(run.iteration) * (plateau == null ? 1 : plateau.factor()));
            }
            var mean = 0.0;
            for (var i = 0; i < group; i++) {
                var batch = batches.next();
                var share = share(loader, done, group, batch);
                mean += share * backward(batch, share, i == 0 ? Gradients.REPLACE : Gradients.ADD, updates);
            }
            if (!updates) {
                optimizer.step();
            }
            done += group;
            run.iteration++;
            if (average != null) {
                average.update();
            }
            var elapsed = (System.nanoTime() - begun) / 1e9;
            run.seconds = before + elapsed;
            run.waited = waitedBefore + loader.waiting() * elapsed;
            stepped(done, first, run.images - shown, mean, loader, output);
        }
        if (!stopping) {
            ended(number, loader, validation, output);
        }
    }

    /** What a batch counts for among those of its optimizer step: its part of their images. */
    private double share(Loader loader, int done, int group, Batch batch) {
        var size = (long) loader.configuration().batch();
        var all = loader.configuration().last() == LastBatch.KEEP && !loader.configuration().balanced()
                ? Math.min((done + group) * size, loader.dataset().size()) - done * size
                : group * size;
        return (double) batch.size() / all;
    }

    private double backward(Batch batch, double share, Gradients mode, boolean updates) {
        try (var step = session().step(Mode.TRAIN)) {
            var output = model.forward(step.input(batch));
            var value = loss.of(output, batch.labels());
            var part = share == 1 ? value : value.mul((float) share);
            if (updates) {
                optimizer.backward(step, part);
            } else {
                step.backward(part, mode);
            }
            var item = (double) value.item();
            count(output.toArray(), batch);
            run.loss += item * batch.size();
            run.images += batch.size();
            return item;
        }
    }

    private void count(float[] scores, Batch batch) {
        var classes = (int) model.outputShape().dim(0);
        for (var i = 0; i < batch.size(); i++) {
            run.right += Scores.best(scores, i * classes, classes) == batch.label(i) ? 1 : 0;
        }
    }

    private void stepped(int done, int first, long images, double mean, Loader loader, Output output) throws IOException {
        run.history.add(run.iteration, mean, optimizer.rate());
        if (progress != null) {
            progress.update(done - first, images, run.loss / run.images, (double) run.right / run.images, loader.waiting());
        }
        output.stepped(run.iteration, mean, optimizer.rate());
        for (var callback : callbacks) {
            callback.stepped(this, run.iteration, mean);
        }
        stopping |= System.nanoTime() > deadline;
        if (stopping || options.checkpointEvery() > 0 && run.iteration % options.checkpointEvery() == 0) {
            output.checkpoint(plateau, average, loader.position());
        }
    }

    private void ended(int number, Loader loader, Dataset validation, Output output) throws IOException {
        var judged = validation == null ? null : average == null ? evaluate(validation) : average.use(() -> evaluate(validation));
        var row = new Epoch(number, run.iteration, optimizer.rate(), run.loss / run.images, (double) run.right / run.images,
                judged == null ? Double.NaN : judged.loss(), judged == null ? Double.NaN : judged.accuracy(), run.seconds, run.images,
                run.seconds == 0 ? 0 : run.waited / run.seconds);
        run.history.add(row);
        if (progress != null) {
            progress.end(row);
        }
        if (judged != null && judged.accuracy() >= run.best) {
            run.since = judged.accuracy() > run.best ? 0 : run.since + 1;
            run.best = judged.accuracy();
            output.best(average);
        } else if (judged != null) {
            run.since++;
        }
        if (plateau != null && judged != null) {
            plateau.observe(plateauMeasure(judged));
            if (options.schedule() == null) {
                optimizer.rateFactor(plateau.factor());
            }
        }
        var next = loader.position();
        output.epochEnded(row, plateau, average,
                new Loader.Position(number + 1L, 0, next.seed(), next.batchSize(), next.images()));
        callbacks.forEach(c -> c.epochEnded(this, row));
        stopping |= options.patience() > 0 && run.since >= options.patience();
    }

    private double plateauMeasure(Evaluation judged) {
        return options.plateau().largerIsBetter() ? judged.accuracy() : judged.loss();
    }

    // ---- looking at data -----------------------------------------------------------------------------------------------------

    /** How good the model is on other data. */
    public Evaluation evaluate(Dataset data) {
        check(data);
        var scores = new Scores((int) model.outputShape().dim(0));
        judge(data, (batch, output, mean) -> scores.add(output, batch.labelArray(), mean));
        return scores.evaluation();
    }

    /** The probabilities of all classes for every image, in the order of the data. */
    public float[][] predict(Dataset data) {
        var classes = (int) model.outputShape().dim(0);
        var rows = new ArrayList<float[]>();
        judge(data, (batch, output, mean) -> {
            var row = new double[classes];
            for (var i = 0; i < batch.size(); i++) {
                Scores.softmax(output, i * classes, row);
                var copy = new float[classes];
                for (var c = 0; c < classes; c++) {
                    copy[c] = (float) row[c];
                }
                rows.add(copy);
            }
        });
        return rows.toArray(float[][]::new);
    }

    /** Sees what the model says of a batch. */
    interface Judge {
        void see(Batch batch, float[] output, double meanLoss);
    }

    void judge(Dataset data, Judge judge) {
        try (var loader = data.loader(options.evaluation())) {
            for (var batch : loader.epoch(0)) {
                try (var step = session().step(Mode.EVAL)) {
                    var output = model.forward(step.input(batch));
                    judge.see(batch, output.toArray(), loss.of(output, batch.labels()).item());
                }
            }
        }
    }

    /** One image as the model sees it, in an open step. */
    void show(Dataset data, int index, BiConsumer<Step, Tensor> body) {
        try (var loader = data.select(index).loader(options.evaluation())) {
            for (var batch : loader.epoch(0)) {
                try (var step = session().step(Mode.EVAL)) {
                    body.accept(step, step.input(batch));
                }
            }
        }
    }

    Session session() {
        return model.session();
    }

    WeightAverage average() {
        return average;
    }
}
