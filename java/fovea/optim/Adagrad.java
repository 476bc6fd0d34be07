package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * Adagrad (Duchi et al. 2011), as PyTorch's: the gradient divided by the root of the sum of all its squares.
 *
 * <pre>{@code
 * var adagrad = new Adagrad(model.parameters(), new Adagrad.Options(0.01));
 * }</pre>
 */
public final class Adagrad extends NativeOptimizer {
    /**
     * @param rateDecay the rate in step t is {@code rate / (1 + (t - 1) * rateDecay)}
     * @param start where the sum of squares begins
     */
    public record Options(double rate, double rateDecay, double decay, double start, double eps) {
        public Options {
            within("adagrad", "rateDecay", rateDecay, 0, Double.POSITIVE_INFINITY);
            within("adagrad", "start", start, 0, Double.POSITIVE_INFINITY);
            within("adagrad", "eps", eps, 0, Double.POSITIVE_INFINITY);
        }

        public Options(double rate) {
            this(rate, 0, 0, 0, 1e-10);
        }

        public Options rateDecay(double share) {
            return new Options(rate, share, decay, start, eps);
        }

        public Options decay(double share) {
            return new Options(rate, rateDecay, share, start, eps);
        }

        public Options start(double sum) {
            return new Options(rate, rateDecay, decay, sum, eps);
        }

        public Options eps(double addend) {
            return new Options(rate, rateDecay, decay, start, addend);
        }
    }

    private final Options options;

    public Adagrad(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public Adagrad(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private Adagrad(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_ADAGRAD());
        this.options = options;
    }

    @Override
    void row(Table table, Slot slot) {
        table.k(0, slot.rate() / (1 + (slot.steps() - 1) * options.rateDecay)).k(1, slot.decay()).k(2, options.eps);
        table.state(0, slot.array("sum", (float) options.start));
    }
}
