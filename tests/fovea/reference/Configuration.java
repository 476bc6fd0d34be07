package fovea.reference;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One op or loss with attributes and inputs, said twice: with Fovea's methods, and in TorchScript, where the inputs are a, b, c ...
 *
 * @param terms how many products one element of the result sums
 * @param factor how much larger than the products of its inputs its intermediate numbers may be
 * @param steepness the same of its gradients
 */
record Configuration(String name, List<Input> inputs, Forward ours, String torch, double terms, double factor, double steepness) {
    private static final double EPS = 0x1p-24;

    /** @param gradient whether there is a gradient towards it that is compared */
    record Input(Shape shape, ElementType type, boolean gradient, float[] elements) {
        double largest() {
            var largest = 0.0;
            for (var v : elements) {
                largest = Math.max(largest, Math.abs(v));
            }
            return largest;
        }
    }

    /** What Fovea computes. */
    @FunctionalInterface
    interface Forward {
        Tensor of(Step step, Tensor[] x);
    }

    /** The result and the gradients of the inputs that have one, in their order, for the gradient {@link #seed} of the result. */
    record Result(double[] y, List<double[]> gradients) {
    }

    /** The gradient of the result that the backward pass begins with. */
    static float[] seed(int elements) {
        var random = new SplittableRandom(elements);
        var seed = new float[elements];
        for (var i = 0; i < elements; i++) {
            seed[i] = (float) random.nextGaussian();
        }
        return seed;
    }

    Result run(Session session) {
        try (var step = session.step(Mode.TRAIN)) {
            var x = new Tensor[inputs.size()];
            for (var i = 0; i < x.length; i++) {
                var input = inputs.get(i);
                x[i] = step.input(input.shape, input.type);
                x[i].copyFrom(input.elements);
                if (input.gradient) {
                    x[i].track();
                }
            }
            var y = ours.of(step, x);
            var gradients = new ArrayList<double[]>();
            var values = doubles(y.toArray());
            if (inputs.stream().anyMatch(Input::gradient)) {
                step.backward(y, Gradients.REPLACE, seed(values.length));
                for (var i = 0; i < x.length; i++) {
                    if (inputs.get(i).gradient) {
                        gradients.add(doubles(x[i].grad()));
                    }
                }
            }
            return new Result(values, gradients);
        }
    }

    private static double[] doubles(float[] x) {
        var y = new double[x.length];
        for (var i = 0; i < y.length; i++) {
            y[i] = x[i];
        }
        return y;
    }

    /**
     * Fails where ours is farther from what is expected than rounding in F32 takes it: the roundings in a sum of n products are
     * independent, so but for odds of 2 exp(-32) its error stays below {@code 8 * sqrt(n) * eps} of the largest product (Higham and Mary,
     * A new approach to probabilistic rounding error analysis).
     */
    void check(Result ours, Result expected) {
        var largest = 1.0;
        for (var input : inputs) {
            largest *= input.gradient ? Math.max(1, input.largest()) : 1;
        }
        compare("y", ours.y, expected.y, 8 * EPS * Math.sqrt(terms) * factor * Math.max(largest, largest(expected.y)));
        var seed = largest(doubles(seed(expected.y.length)));
        var g = 0;
        for (var i = 0; i < inputs.size(); i++) {
            var input = inputs.get(i);
            if (input.gradient) {
                var gradient = expected.gradients.get(g);
                // All products that there are, evenly over the elements of this input.
                var share = Math.max(terms, terms * expected.y.length / input.shape.elements());
                compare("gradient of input " + i, ours.gradients.get(g), gradient,
                        8 * EPS * Math.sqrt(share) * steepness * Math.max(largest * seed, largest(gradient)));
                g++;
            }
        }
    }

    private static double largest(double[] x) {
        var largest = 0.0;
        for (var v : x) {
            largest = Math.max(largest, Double.isFinite(v) ? Math.abs(v) : 0);
        }
        return largest;
    }

    private void compare(String what, double[] ours, double[] expected, double bound) {
        if (ours.length != expected.length) {
            throw new AssertionError("%s: %s has %d elements, PyTorch's %d".formatted(name, what, ours.length, expected.length));
        }
        for (var i = 0; i < ours.length; i++) {
            var error = Math.abs(ours[i] - expected[i]);
            if (!(error <= bound) && ours[i] != expected[i] && !(Double.isNaN(ours[i]) && Double.isNaN(expected[i]))) {
                throw new AssertionError("%s: %s[%d] is %s, PyTorch's %s; error %.3g, bound %.3g; %s".formatted(
                        name, what, i, ours[i], expected[i], error, bound, torch));
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
