package fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Lowers the learning rate when a measure has not improved for a while, as PyTorch's ReduceLROnPlateau.
 *
 * <pre>{@code
 * var plateau = new Plateau(new Plateau.Options().factor(0.5).patience(3));
 * for (int epoch = 0; ; epoch++) {
 *     optimizer.rateFactor(plateau.factor());
 *     ...
 *     plateau.observe(validationLoss);
 * }
 * }</pre>
 */
public final class Plateau {
    /**
     * @param largerIsBetter an accuracy, not a loss
     * @param factor what the rate is multiplied by
     * @param patience observations without improvement that are let pass
     * @param threshold relative change that counts as improvement
     * @param cooldown observations after a change in which nothing is counted
     * @param floor the rate's factor does not fall below
     */
    public record Options(boolean largerIsBetter, double factor, int patience, double threshold, int cooldown, double floor) {
        public Options {
            Optimizer.within("plateau", "factor", factor, 0, 1);
        }

        public Options() {
            this(false, 0.1, 10, 1e-4, 0, 0);
        }

        public Options largerIsBetter(boolean yes) {
            return new Options(yes, factor, patience, threshold, cooldown, floor);
        }

        public Options factor(double times) {
            return new Options(largerIsBetter, times, patience, threshold, cooldown, floor);
        }

        public Options patience(int observations) {
            return new Options(largerIsBetter, factor, observations, threshold, cooldown, floor);
        }

        public Options threshold(double relative) {
            return new Options(largerIsBetter, factor, patience, relative, cooldown, floor);
        }

        public Options cooldown(int observations) {
            return new Options(largerIsBetter, factor, patience, threshold, observations, floor);
        }

        public Options floor(double least) {
            return new Options(largerIsBetter, factor, patience, threshold, cooldown, least);
        }
    }

    private final Options options;
    private double best;
    private long bad;
    private long cooling;
    private double factor = 1;

    public Plateau(Options options) {
        this.options = options;
        best = options.largerIsBetter ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }

    /** What the rates are to be multiplied by now. */
    public double factor() {
        return factor;
    }

    /** Takes a measure in and returns the factor from now on. NaN counts as no improvement. */
    public double observe(double measure) {
        if (improves(measure)) {
            best = measure;
            bad = 0;
        } else {
            bad++;
        }
        if (cooling > 0) {
            cooling--;
            bad = 0;
        }
        if (bad > options.patience) {
            factor = Math.max(options.floor, factor * options.factor);
            cooling = options.cooldown;
            bad = 0;
        }
        return factor;
    }

    private boolean improves(double measure) {
        return options.largerIsBetter
                ? measure > (best == Double.NEGATIVE_INFINITY ? best : best + options.threshold * Math.abs(best))
                : measure < (best == Double.POSITIVE_INFINITY ? best : best - options.threshold * Math.abs(best));
    }

    /** Everything it remembers, for a checkpoint. */
    public SequencedMap<String, Double> state() {
        var state = new LinkedHashMap<String, Double>();
        state.put("best", best);
        state.put("bad", (double) bad);
        state.put("cooling", (double) cooling);
        state.put("factor", factor);
        return state;
    }

    public void load(Map<String, Double> state) {
        if (!state.keySet().containsAll(state().keySet())) {
            throw new IllegalArgumentException("the state of a plateau holds %s; got %s".formatted(state().keySet(), state.keySet()));
        }
        best = state.get("best");
        bad = state.get("bad").longValue();
        cooling = state.get("cooling").longValue();
        factor = state.get("factor");
    }
}
