package fovea.optim;

import fovea.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Looks for a good learning rate (Smith 2015): trains for some steps with a rate that grows from tiny to far too large, and watches
 * the loss. Weights and optimizer are put back afterwards.
 *
 * <pre>{@code
 * var curve = RateFinder.run(sgd, model.state().values(), 100, () -> {
 *     try (var step = session.step(Mode.TRAIN)) {
 *         var loss = model.forward(step.input(batches.next())).crossEntropy(labels);
 *         step.backward(loss);
 *         return loss.item();
 *     }
 * });
 * double rate = curve.suggestion();
 * }</pre>
 */
public final class RateFinder {
    /** One step: the rate it was made with, the loss before it, and the loss smoothed over the steps before. */
    public record Point(double rate, double loss, double smooth) {
    }

    /** All steps up to where the loss ran away. */
    public record Curve(List<Point> points) {
        public Curve {
            points = List.copyOf(points);
        }

        /** The rate at which the loss fell fastest against the logarithm of the rate. */
        public double suggestion() {
            var steepest = -1;
            var slope = 0.0;
            for (var i = 1; i + 1 < points.size(); i++) {
                var before = points.get(i - 1);
                var after = points.get(i + 1);
                var fall = (after.smooth - before.smooth) / Math.log(after.rate / before.rate);
                if (fall < slope) {
                    slope = fall;
                    steepest = i;
                }
            }
            if (steepest < 0) {
                throw new IllegalStateException("the loss never fell; look at the model and its data, or begin at another rate");
            }
            return points.get(steepest).rate;
        }
    }

    private static final double FROM = 1e-6;
    private static final double TO = 10;
    /** Weight of past losses in the smoothed one. */
    private static final double SMOOTHING = 0.9;
    /** A loss this many times the best one has run away. */
    private static final double RUNAWAY = 4;

    private RateFinder() {
    }

    /** From 1e-6 to 10. */
    public static Curve run(Optimizer optimizer, Collection<? extends Tensor> state, int steps, DoubleSupplier lossAndGradients) {
        return run(optimizer, state, FROM, TO, steps, lossAndGradients);
    }

    /**
     * @param optimizer whose common rate is varied; groups with rates of their own keep their ratio to it
     * @param state everything that training changes, to be put back: {@code model.state().values()}
     * @param lossAndGradients runs a forward and backward pass on the next batch and returns the loss
     */
    public static Curve run(Optimizer optimizer, Collection<? extends Tensor> state, double from, double to, int steps,
            DoubleSupplier lossAndGradients) {
        if (!(from > 0 && from < to) || steps < 3) {
            throw new IllegalArgumentException("rate finder: from %s to %s in %d steps; give 0 < from < to and at least 3 steps".formatted(
                    from, to, steps));
        }
        var factor = optimizer.rateFactor();
        var base = factor == 0 ? 0 : optimizer.rate() / factor;
        if (base == 0) {
            throw new IllegalArgumentException("rate finder: the optimizer's rate is 0; give it any rate above 0");
        }
        var memory = optimizer.state();
        var weights = new LinkedHashMap<Tensor, float[]>();
        state.forEach(t -> weights.put(t, t.toArray()));
        try {
            var points = new ArrayList<Point>();
            var average = 0.0;
            var best = Double.POSITIVE_INFINITY;
            for (var i = 0; i < steps; i++) {
                var rate = from * Math.pow(to / from, i / (steps - 1.0));
                optimizer.rateFactor(rate / base);
                var loss = lossAndGradients.getAsDouble();
                average = SMOOTHING * average + (1 - SMOOTHING) * loss;
                var smooth = average / (1 - Math.pow(SMOOTHING, i + 1));
                if (!(smooth <= RUNAWAY * best)) {
                    break;
                }
                best = Math.min(best, smooth);
                points.add(new Point(rate, loss, smooth));
                optimizer.step();
            }
            return new Curve(points);
        } finally {
            weights.forEach(Tensor::copyFrom);
            optimizer.load(memory);
        }
    }
}
