package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * Lion (Chen et al. 2023): steps of equal length along the sign of {@code beta1 m + (1 - beta1) g}, then {@code m = beta2 m + (1 -
 * beta2) g}; weight decay is decoupled. It wants a rate 3 to 10 times smaller than Adam's and a decay that much larger.
 *
 * <pre>{@code
 * var lion = new Lion(model.parameters(), new Lion.Options(1e-4).decay(0.1));
 * }</pre>
 */
public final class Lion extends NativeOptimizer {
    public record Options(double rate, double beta1, double beta2, double decay) {
        public Options {
            Adam.check("lion", beta1, beta2, 0);
        }

        public Options(double rate) {
            this(rate, 0.9, 0.99, 0);
        }

        public Options betas(double first, double second) {
            return new Options(rate, first, second, decay);
        }

        public Options decay(double share) {
            return new Options(rate, beta1, beta2, share);
        }
    }

    private final Options options;

    public Lion(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public Lion(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private Lion(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_LION());
        this.options = options;
    }

    @Override
    void row(Table table, Slot slot) {
        table.k(0, slot.rate()).k(1, 1 - slot.rate() * slot.decay()).k(2, options.beta1).k(3, 1 - options.beta1).k(4, options.beta2)
                .k(5, 1 - options.beta2);
        table.state(0, slot.array("mean"));
    }
}
