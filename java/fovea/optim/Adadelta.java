package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * Adadelta (Zeiler 2012), as PyTorch's: steps as large as past steps were, relative to past gradients; a rate of 1 is usual.
 *
 * <pre>{@code
 * var adadelta = new Adadelta(model.parameters(), new Adadelta.Options(1));
 * }</pre>
 */
public final class Adadelta extends NativeOptimizer {
    /** @param rho how much of the averages stays in every step */
    public record Options(double rate, double rho, double eps, double decay) {
        public Options {
            within("adadelta", "rho", rho, 0, 1);
            within("adadelta", "eps", eps, Double.MIN_VALUE, Double.POSITIVE_INFINITY);
        }

        public Options(double rate) {
            this(rate, 0.9, 1e-6, 0);
        }

        public Options rho(double share) {
            return new Options(rate, share, eps, decay);
        }

        public Options eps(double addend) {
            return new Options(rate, rho, addend, decay);
        }

        public Options decay(double share) {
            return new Options(rate, rho, eps, share);
        }
    }

    private final Options options;

    public Adadelta(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public Adadelta(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private Adadelta(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_ADADELTA());
        this.options = options;
    }

    @Override
    void row(Table table, Slot slot) {
        table.k(0, slot.rate()).k(1, slot.decay()).k(2, options.rho).k(3, 1 - options.rho).k(4, options.eps);
        table.state(0, slot.array("square")).state(1, slot.array("moved"));
    }
}
