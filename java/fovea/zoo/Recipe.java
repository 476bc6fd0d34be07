package fovea.zoo;

import fovea.Session;
import fovea.Shape;
import fovea.data.Augmentation;
import fovea.data.Normalise;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Loss;
import fovea.nn.Model;
import fovea.optim.Optimizer;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import fovea.train.Callback;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.LongFunction;

/**
 * How a network is trained: everything of a paper's training section in one place.
 *
 * <pre>{@code
 * new Recipe(90, 128, 0.01, Recipe.sgd(0.9, 5e-4), total -> Schedule.multiStep(0.1, total / 3, total * 2 / 3))
 *         .augment(resize(256), randomCrop(224, 0), flip(), pcaNoise())
 *         .evaluate(resize(256), centreCrop(224))
 *         .init("*.weight", Init.normal(0.01f)).init("*.bias", Init.constant(0))
 *         .differs("one crop instead of ten in evaluation")
 * }</pre>
 *
 * @param epochs passes over the training data
 * @param batch images of a step
 * @param rate learning rate at its highest
 * @param optimizer makes the optimizer for a model and a rate
 * @param schedule from the number of all steps to the factor of the rate
 * @param augmentations of training images, before they are normalised
 * @param evaluation what happens to images that are judged, before they are normalised
 * @param normalise how images become numbers; null for the statistics of the training data
 * @param loss what is made small
 * @param init how parameters begin where it is not as the layers say, by pattern; later ones win
 * @param watch what is told how a run goes
 * @param differs what is not as in the paper, in a sentence; empty for nothing
 */
public record Recipe(int epochs, int batch, double rate, Maker optimizer, LongFunction<? extends Schedule> schedule,
        List<Augmentation> augmentations, List<Augmentation> evaluation, Normalise normalise, Criterion loss,
        SequencedMap<String, Init> init, Watch watch, String differs) {
    /** Makes an optimizer. */
    @FunctionalInterface
    public interface Maker {
        Optimizer of(Model model, double rate);
    }

    /** Makes the loss for a model, whose side outputs it may need. */
    @FunctionalInterface
    public interface Criterion {
        Loss of(Model model);
    }

    /** Makes what watches a run and may measure for its optimizer between epochs. */
    @FunctionalInterface
    public interface Watch {
        Callback of(Model model, Optimizer optimizer);
    }

    /** Nobody who watches. */
    public static final Watch NOBODY = (_, _) -> new Callback() {
    };

    /** Cross-entropy of what the network gives. */
    public static final Criterion CROSS_ENTROPY = _ -> (output, target) -> output.crossEntropy(target);

    public Recipe {
        augmentations = List.copyOf(augmentations);
        evaluation = List.copyOf(evaluation);
        init = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(init));
    }

    /** Images as they are, cross-entropy, and parameters that begin as the layers say. */
    public Recipe(int epochs, int batch, double rate, Maker optimizer, LongFunction<? extends Schedule> schedule) {
        this(epochs, batch, rate, optimizer, schedule, List.of(), List.of(), null, CROSS_ENTROPY, new LinkedHashMap<>(), NOBODY, "");
    }

    /** What suits most networks that nobody has a better recipe for: SGD with momentum and one cycle of the rate. */
    public static Recipe usual(int epochs, int batch, double rate) {
        return new Recipe(epochs, batch, rate, sgd(0.9, 5e-4), Schedule::oneCycle);
    }

    /** Stochastic gradient descent on all parameters. */
    public static Maker sgd(double momentum, double decay) {
        return (model, rate) -> new Sgd(model.parameters(), new Sgd.Options(rate, momentum, decay));
    }

    public Recipe augment(Augmentation... training) {
        return new Recipe(epochs, batch, rate, optimizer, schedule, List.of(training), evaluation, normalise, loss, init, watch, differs);
    }

    public Recipe evaluate(Augmentation... judged) {
        return new Recipe(epochs, batch, rate, optimizer, schedule, augmentations, List.of(judged), normalise, loss, init, watch, differs);
    }

    public Recipe normalise(Normalise how) {
        return new Recipe(epochs, batch, rate, optimizer, schedule, augmentations, evaluation, how, loss, init, watch, differs);
    }

    public Recipe loss(Criterion criterion) {
        return new Recipe(epochs, batch, rate, optimizer, schedule, augmentations, evaluation, normalise, criterion, init, watch, differs);
    }

    /** Parameters of this pattern begin like this. */
    public Recipe init(String pattern, Init how) {
        var all = new LinkedHashMap<>(init);
        all.put(pattern, how);
        return new Recipe(epochs, batch, rate, optimizer, schedule, augmentations, evaluation, normalise, loss, all, watch, differs);
    }

    public Recipe watch(Watch maker) {
        return new Recipe(epochs, batch, rate, optimizer, schedule, augmentations, evaluation, normalise, loss, init, maker, differs);
    }

    public Recipe differs(String fromThePaper) {
        return new Recipe(epochs, batch, rate, optimizer, schedule, augmentations, evaluation, normalise, loss, init, watch, fromThePaper);
    }

    /** The network in a session, its parameters as the recipe begins. */
    public Model build(Layer network, Session session, Shape in, long seed) {
        var model = network.build(session, in, seed);
        init.forEach((pattern, how) -> model.initialise(pattern, how, seed));
        return model;
    }

    /** What becomes of images of this shape, in training and in evaluation alike. */
    public Shape prepared(Shape image) {
        var training = through(augmentations, image);
        var judged = through(evaluation, image);
        if (!training.equals(judged)) {
            throw new IllegalArgumentException(("recipe: training images %s become %s and judged images %s; give augment(...) and"
                    + " evaluate(...) that end with the same size").formatted(image, training, judged));
        }
        return judged;
    }

    private static Shape through(List<Augmentation> steps, Shape image) {
        var shape = image;
        for (var step : steps) {
            shape = step.outputShape(shape);
        }
        return shape;
    }

    /** All that is done to training images; the statistics serve where the recipe has none of its own. */
    public Augmentation[] training(Normalise statistics) {
        return ended(augmentations, statistics);
    }

    /** All that is done to judged images. */
    public Augmentation[] judging(Normalise statistics) {
        return ended(evaluation, statistics);
    }

    private Augmentation[] ended(List<Augmentation> steps, Normalise statistics) {
        var all = new ArrayList<>(steps);
        all.add(normalise == null ? statistics : normalise);
        return all.toArray(Augmentation[]::new);
    }
}
