package fovea.zoo;

import fovea.Gradients;
import fovea.Mode;
import fovea.Tensor;
import fovea.data.Augmentation;
import fovea.data.Dataset;
import fovea.data.Loader;
import fovea.nn.Layer;
import fovea.nn.Layers;
import fovea.nn.Model;
import fovea.optim.DiagonalLevenbergMarquardt;
import fovea.train.Callback;
import fovea.train.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/**
 * Measures the curvature of a squared distance along every weight before every epoch, on 500 training images drawn anew, as the LeNet-5
 * paper does (its equations 21 to 26): second derivatives go back through the layers as first ones do, but through the squares of
 * weights and of the squashing functions' slopes. A weight's curvature is the sum over all connections that share it of the second
 * derivative at the unit times the square of what the connection carries. What two connections that share a weight have in common is
 * left out, and so is what would make a curvature negative.
 *
 * <p>Second derivatives of a network are thus the first ones of another: its weights are the squares, and its activations stand for
 * the squares of the network's.
 */
final class Curvature implements Callback {
    private static final int SAMPLES = 500;

    private final Model model;
    private final DiagonalLevenbergMarquardt optimizer;
    private final String path;
    /** Of the training pass at hand, in order. */
    private final List<Tensor> squashed = new ArrayList<>();
    private int next;
    private final Model squares;

    private Curvature(Model model, DiagonalLevenbergMarquardt optimizer, String path, BiFunction<Integer, Layer, Layer> network) {
        this.model = model;
        this.optimizer = optimizer;
        this.path = path;
        var square = Layers.lambda("square of the squashed", this::square);
        squares = network.apply((int) model.outputShape().dim(0), square).build(model.session(), model.inputShape(), 0);
    }

    /**
     * The watch of a recipe whose optimizer is a {@link DiagonalLevenbergMarquardt}.
     *
     * @param path of the layer whose result the distance is taken of
     * @param network the model's for so many classes, with any layer for its squashing functions
     */
    static Recipe.Watch of(String path, BiFunction<Integer, Layer, Layer> network) {
        return (model, optimizer) -> new Curvature(model, (DiagonalLevenbergMarquardt) optimizer, path, network);
    }

    @Override
    public void epochStarted(Trainer trainer, int epoch, Dataset train) {
        var options = trainer.options().data();
        var random = new SplittableRandom(options.seed() * 1_000_003 + epoch);
        var chosen = train.select(random.ints(SAMPLES, 0, train.size()).toArray());
        for (var parameter : squares.parameters()) {
            var elements = model.parameter(parameter.name()).toArray();
            for (var i = 0; i < elements.length; i++) {
                elements[i] *= elements[i];
            }
            parameter.copyFrom(elements);
        }
        var sums = new HashMap<String, float[]>();
        var top = new Tensor[1];
        try (var loader = chosen.loader(Loader.options(1).workers(0).augment(options.augmentations().toArray(Augmentation[]::new)));
                var _ = model.onActivation("*-squash", (_, y) -> {
                    squashed.add(y);
                    return y;
                });
                var _ = squares.onActivation(path, (_, y) -> top[0] = y)) {
            for (var batch : loader.epoch(epoch)) {
                try (var step = model.session().step(Mode.TRAIN)) {
                    squashed.clear();
                    next = 0;
                    var x = step.input(batch);
                    step.withoutGradients(() -> model.forward(x));
                    squares.forward(x.mul(x));
                    var twos = new float[(int) top[0].shape().elements()];
                    Arrays.fill(twos, 2);
                    step.backward(top[0], Gradients.REPLACE, twos);
                    for (var parameter : squares.parameters()) {
                        add(sums.computeIfAbsent(parameter.name(), _ -> new float[(int) parameter.shape().elements()]), parameter.grad());
                    }
                }
            }
        }
        for (var parameter : model.parameters()) {
            var mean = sums.get(parameter.name());
            for (var i = 0; i < mean.length; i++) {
                mean[i] /= SAMPLES;
            }
            optimizer.curvature(parameter, mean);
        }
    }

    private static void add(float[] sum, float[] more) {
        for (var i = 0; i < sum.length; i++) {
            sum[i] += more[i];
        }
    }

    /** The square of what the network has here; gradients pass times the squared slope, which is 2/3 / 1.7159 (1.7159^2 - y^2). */
    private Tensor square(Tensor sum) {
        var y = squashed.get(next++);
        var slope = y.mul(y).neg().add(1.7159f * 1.7159f).mul(2 / 3f / 1.7159f);
        var linear = sum.mul(slope.mul(slope));
        return linear.sub(linear.detach()).add(y.mul(y));
    }
}
