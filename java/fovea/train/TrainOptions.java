package fovea.train;

import fovea.data.Augmentation;
import fovea.data.LastBatch;
import fovea.data.Loader;
import fovea.data.Normalise;
import fovea.optim.Plateau;
import fovea.optim.Schedule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongFunction;

/**
 * How a {@link Trainer} trains.
 *
 * <pre>{@code
 * var options = new TrainOptions(10, Loader.options(128).shuffle(true).augment(normalise))
 *         .schedule(total -> Schedule.cosine(total).warmUp(200))
 *         .folder(Path.of("runs/lenet5"));
 * }</pre>
 *
 * @param epochs passes over the training data
 * @param data how training batches are made
 * @param evaluation how batches are made for evaluation and prediction
 * @param schedule from the number of all optimizer steps to the factor of the learning rate in each, or null for none
 * @param plateau lowers the rate when validation accuracy stands still, or null
 * @param accumulate batches whose gradients make one optimizer step
 * @param average decay of an exponential average of the weights that is evaluated and saved as the best, or 0 for none
 * @param patience epochs without a better validation accuracy after which the run ends, or 0 for all epochs
 * @param budget time after which the run ends, or null
 * @param folder where checkpoints, history, TensorBoard events and the report go, or null for nowhere
 * @param checkpointEvery optimizer steps between two checkpoints, beside the one at the end of every epoch; 0 for that one only
 * @param keepEvery epochs after which a checkpoint is kept for good, or 0
 * @param title of the report
 * @param command that would do this again, for the report
 */
public record TrainOptions(int epochs, Loader.Options data, Loader.Options evaluation, LongFunction<? extends Schedule> schedule,
        Plateau.Options plateau, int accumulate, double average, int patience, Duration budget, Path folder, long checkpointEvery,
        int keepEvery, String title, String command) {
    public TrainOptions {
        check(epochs >= 1, "epochs is %s; give at least 1", epochs);
        check(accumulate >= 1, "accumulate is %s; give at least 1", accumulate);
        check(average >= 0 && average < 1, "the decay of the average is %s; give 0 (none) or a number below 1, such as 0.999", average);
        check(patience >= 0, "patience is %s; give 0 (none) or a number of epochs", patience);
        check(checkpointEvery >= 0, "checkpointEvery is %s; give 0 or a number of steps", checkpointEvery);
        check(keepEvery >= 0, "keepEvery is %s; give 0 or a number of epochs", keepEvery);
        check(budget == null || budget.isPositive(), "the time budget is %s; it must be positive", budget);
    }

    private static void check(boolean condition, String pattern, Object value) {
        if (!condition) {
            throw new IllegalArgumentException("train: " + pattern.formatted(value));
        }
    }

    /** Constant learning rate, no files; evaluation without shuffling and with no other augmentation than normalising. */
    public TrainOptions(int epochs, Loader.Options data) {
        this(epochs, data, plain(data), null, null, 1, 0, 0, null, null, 0, 0, "Training run", "");
    }

    private static Loader.Options plain(Loader.Options data) {
        var kept = data.augmentations().stream().filter(a -> a instanceof Normalise).toArray(Augmentation[]::new);
        return Loader.options(data.batch()).workers(data.workers()).last(LastBatch.KEEP).augment(kept);
    }

    public TrainOptions evaluation(Loader.Options how) {
        return new TrainOptions(epochs, data, how, schedule, plateau, accumulate, average, patience, budget, folder, checkpointEvery,
                keepEvery, title, command);
    }

    public TrainOptions schedule(LongFunction<? extends Schedule> ofAllSteps) {
        return new TrainOptions(epochs, data, evaluation, ofAllSteps, plateau, accumulate, average, patience, budget, folder,
                checkpointEvery, keepEvery, title, command);
    }

    public TrainOptions plateau(Plateau.Options how) {
        return new TrainOptions(epochs, data, evaluation, schedule, how, accumulate, average, patience, budget, folder, checkpointEvery,
                keepEvery, title, command);
    }

    public TrainOptions accumulate(int batches) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, batches, average, patience, budget, folder, checkpointEvery,
                keepEvery, title, command);
    }

    public TrainOptions average(double decay) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, accumulate, decay, patience, budget, folder, checkpointEvery,
                keepEvery, title, command);
    }

    public TrainOptions patience(int withoutProgress) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, accumulate, average, withoutProgress, budget, folder,
                checkpointEvery, keepEvery, title, command);
    }

    public TrainOptions budget(Duration time) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, accumulate, average, patience, time, folder, checkpointEvery,
                keepEvery, title, command);
    }

    public TrainOptions folder(Path path) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, accumulate, average, patience, budget, path, checkpointEvery,
                keepEvery, title, command);
    }

    public TrainOptions checkpointEvery(long steps) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, accumulate, average, patience, budget, folder, steps,
                keepEvery, title, command);
    }

    public TrainOptions keepEvery(int every) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, accumulate, average, patience, budget, folder,
                checkpointEvery, every, title, command);
    }

    /** Title of the report, and the command line that it shows. */
    public TrainOptions named(String name, String commandLine) {
        return new TrainOptions(epochs, data, evaluation, schedule, plateau, accumulate, average, patience, budget, folder,
                checkpointEvery, keepEvery, name, commandLine);
    }
}
