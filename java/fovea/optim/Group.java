package fovea.optim;

import fovea.Parameter;
import java.util.List;

/**
 * Parameters that are trained with a learning rate and weight decay of their own.
 *
 * <pre>{@code
 * var sgd = new Sgd(new Sgd.Options(0.1),
 *         Group.of(model.parameters("backbone")).rate(0.01),
 *         Group.of(model.parameters("head")));                 // those of the options
 * }</pre>
 *
 * @param rate learning rate, or NaN for the optimizer's
 * @param decay weight decay, or NaN for the optimizer's
 */
public record Group(List<Parameter> parameters, double rate, double decay) {
    public Group {
        parameters = List.copyOf(parameters);
        if (rate < 0 || decay < 0) {
            throw new IllegalArgumentException("group: learning rate %s and weight decay %s must not be negative".formatted(rate, decay));
        }
    }

    public static Group of(List<Parameter> parameters) {
        return new Group(parameters, Double.NaN, Double.NaN);
    }

    public Group rate(double learningRate) {
        return new Group(parameters, learningRate, decay);
    }

    public Group decay(double weightDecay) {
        return new Group(parameters, rate, weightDecay);
    }
}
