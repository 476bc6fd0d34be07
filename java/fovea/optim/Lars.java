package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * LARS (You, Gitman and Ginsburg 2017) for large batches: every parameter's rate is scaled by {@code trust |w| / (|g| + decay |w|)},
 * so that no layer moves further than a small share of its size. Parameters of one dimension (biases, norms) take the plain rate
 * and no decay, as is usual.
 *
 * <pre>{@code
 * var lars = new Lars(model.parameters(), new Lars.Options(3.2));
 * }</pre>
 */
public final class Lars extends NativeOptimizer {
    public record Options(double rate, double momentum, double decay, double trust, double eps) {
        public Options {
            within("lars", "momentum", momentum, 0, 1);
            within("lars", "trust", trust, Double.MIN_VALUE, Double.POSITIVE_INFINITY);
            within("lars", "eps", eps, 0, Double.POSITIVE_INFINITY);
        }

        public Options(double rate) {
            this(rate, 0.9, 5e-4, 1e-3, 1e-9);
        }

        public Options momentum(double share) {
            return new Options(rate, share, decay, trust, eps);
        }

        public Options decay(double share) {
            return new Options(rate, momentum, share, trust, eps);
        }

        public Options trust(double share) {
            return new Options(rate, momentum, decay, share, eps);
        }
    }

    private final Options options;

    public Lars(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public Lars(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private Lars(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_LARS());
        this.options = options;
    }

    @Override
    void row(Table table, Slot slot) {
        var vector = slot.parameter().shape().rank() < 2;
        table.k(0, slot.rate()).k(1, vector ? 0 : slot.decay()).k(2, options.momentum).k(3, vector ? 0 : options.trust).k(4, options.eps);
        table.state(0, slot.array("momentum"));
    }
}
