package fovea.op;

import java.util.List;

/**
 * One element of every window, drawn with a probability in proportion to it (Zeiler and Fergus, 2013); [n, c, spatial...] ->
 * [n, c, windows...]. What is not positive has probability 0: it belongs behind a ReLU. A window without anything positive gives 0.
 *
 * @param sample draw, as in training, and send the gradient to what was drawn; else give the mean of what could be drawn,
 *     {@code sum of x^2 / sum of x}, as in evaluation
 */
public record StochasticPool(Window window, boolean sample) implements Op {
    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var name = "stochasticPool" + window.rank() + "d";
        Checks.inputs(name, inputs, 1);
        return List.of(Spec.f32(window.over(name, Checks.f32(name, "x", inputs.getFirst()))));
    }

    @Override
    public int savedForBackward() {
        return sample ? 0 : INPUT | OUTPUT;
    }
}
