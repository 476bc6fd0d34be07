package fovea.zoo;

import fovea.Gradients;
import fovea.Mode;
import fovea.Tensor;
import fovea.data.Augmentation;
import fovea.data.Dataset;
import fovea.data.Loader;
import fovea.nn.Model;
import fovea.optim.DiagonalLevenbergMarquardt;
import fovea.train.Callback;
import fovea.train.Trainer;
import java.util.SplittableRandom;

/**
 * Measures the curvature of a squared distance before every epoch, on 500 training images drawn anew, as the LeNet-5 paper does.
 *
 * @param path of the layer whose result the distance is taken of
 */
record Curvature(Model model, DiagonalLevenbergMarquardt optimizer, String path) implements Callback {
    private static final int SAMPLES = 500;

    /** The watch of a recipe whose optimizer is a {@link DiagonalLevenbergMarquardt}. */
    static Recipe.Watch of(String path) {
        return (model, optimizer) -> new Curvature(model, (DiagonalLevenbergMarquardt) optimizer, path);
    }

    @Override
    public void epochStarted(Trainer trainer, int epoch, Dataset train) {
        var options = trainer.options().data();
        var random = new SplittableRandom(options.seed() * 1_000_003 + epoch);
        var chosen = train.select(random.ints(SAMPLES, 0, train.size()).toArray());
        var seen = new Tensor[1];
        try (var loader = chosen.loader(Loader.options(1).augment(options.augmentations().toArray(Augmentation[]::new)));
                var _ = model.onActivation(path, (_, y) -> seen[0] = y)) {
            var batches = loader.epoch(epoch).iterator();
            optimizer.measure(SAMPLES, _ -> {
                try (var step = model.session().step(Mode.TRAIN)) {
                    model.forward(step.input(batches.next()));
                    step.backward(seen[0], Gradients.REPLACE, signs(random, (int) seen[0].shape().elements()));
                }
            });
        }
    }

    /** The root of 2, the second derivative of a square, with random signs. */
    private static float[] signs(SplittableRandom random, int n) {
        var signs = new float[n];
        for (var i = 0; i < n; i++) {
            signs[i] = (float) (random.nextBoolean() ? Math.sqrt(2) : -Math.sqrt(2));
        }
        return signs;
    }
}
