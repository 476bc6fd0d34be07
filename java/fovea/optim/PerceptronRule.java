package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * Rosenblatt's rule of error correction (1958, 1962): a threshold unit that answered rightly is left alone, and the weights of one that
 * answered wrongly move by the input, towards it or away from it. Threshold units have no derivative; that of the zoo's perceptron
 * passes the difference of answer and target on, and {@code w -= rate (answer - target) x} is the rule. There is nothing to choose: where
 * the weights begin at 0, the rate only scales them. If any weights tell the patterns apart, the rule finds some after finitely many
 * mistakes, {@code (R / gamma)^2} at most for inputs no longer than R and a margin of gamma (Novikoff 1962).
 *
 * <pre>{@code
 * var rule = new PerceptronRule(model.parameters());
 * step.backward(Losses.squaredError(answers, targets, Reduction.SUM).div(2));
 * rule.step();
 * }</pre>
 */
public final class PerceptronRule extends NativeOptimizer {
    public PerceptronRule(List<Parameter> parameters) {
        this(parameters, 1);
    }

    public PerceptronRule(List<Parameter> parameters, double rate) {
        super(all(parameters), rate, 0, FoveaNative.FOV_SGD());
    }

    /** Gradient descent without momentum or decay. */
    @Override
    void row(Table table, Slot slot) {
        table.k(0, slot.rate()).k(1, 0).k(2, 0).k(3, 1).k(4, 0);
    }
}
