package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * RMSProp (Hinton 2012), as PyTorch's: the gradient divided by the root of the average of its square, and if asked for less the
 * square of its average (centered), with momentum behind the division.
 *
 * <pre>{@code
 * var rms = new RmsProp(model.parameters(), new RmsProp.Options(1e-3).momentum(0.9));
 * }</pre>
 */
public final class RmsProp extends NativeOptimizer {
    /** @param alpha how much of the average stays in every step */
    public record Options(double rate, double alpha, double eps, double decay, double momentum, boolean centered) {
        public Options {
            within("rmsProp", "alpha", alpha, 0, 1);
            within("rmsProp", "momentum", momentum, 0, 1);
            within("rmsProp", "eps", eps, 0, Double.POSITIVE_INFINITY);
        }

        public Options(double rate) {
            this(rate, 0.99, 1e-8, 0, 0, false);
        }

        public Options alpha(double share) {
            return new Options(rate, share, eps, decay, momentum, centered);
        }

        public Options eps(double addend) {
            return new Options(rate, alpha, addend, decay, momentum, centered);
        }

        public Options decay(double share) {
            return new Options(rate, alpha, eps, share, momentum, centered);
        }

        public Options momentum(double share) {
            return new Options(rate, alpha, eps, decay, share, centered);
        }

        public Options centered(boolean on) {
            return new Options(rate, alpha, eps, decay, momentum, on);
        }
    }

    private final Options options;

    public RmsProp(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public RmsProp(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private RmsProp(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_RMSPROP());
        this.options = options;
    }

    @Override
    void row(Table table, Slot slot) {
        table.k(0, slot.rate()).k(1, slot.decay()).k(2, options.alpha).k(3, 1 - options.alpha).k(4, options.eps).k(5, options.momentum);
        table.state(0, slot.array("square"));
        if (options.momentum > 0) {
            table.state(1, slot.array("momentum"));
        }
        if (options.centered) {
            table.state(2, slot.array("mean"));
        }
    }
}
