package fovea.zoo;

import fovea.Parameter;
import fovea.data.Augmentation;
import fovea.optim.Optimizer;
import fovea.optim.Schedule;
import java.util.List;
import java.util.function.LongFunction;

/**
 * How a network is trained.
 *
 * @param epochs passes over the training data
 * @param batch images of a step
 * @param rate learning rate at its highest
 * @param optimizer makes the optimizer for parameters and a rate
 * @param schedule from the number of all steps to the factor of the rate
 * @param augmentations of training images, before they are normalised
 */
public record Recipe(int epochs, int batch, double rate, Maker optimizer, LongFunction<? extends Schedule> schedule,
        List<Augmentation> augmentations) {
    /** Makes an optimizer. */
    @FunctionalInterface
    public interface Maker {
        Optimizer of(List<Parameter> parameters, double rate);
    }

    public Recipe {
        augmentations = List.copyOf(augmentations);
    }
}
