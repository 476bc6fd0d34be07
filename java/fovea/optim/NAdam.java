package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * NAdam (Dozat 2016), as PyTorch's: {@link Adam} with Nesterov's look ahead, whose momentum warms up with {@code momentumDecay}.
 *
 * <pre>{@code
 * var nadam = new NAdam(model.parameters(), new NAdam.Options(2e-3));
 * }</pre>
 */
public final class NAdam extends NativeOptimizer {
    /** @param decoupled take weight decay off the weights, as {@link AdamW}, instead of adding it to the gradient */
    public record Options(double rate, double beta1, double beta2, double eps, double decay, double momentumDecay, boolean decoupled) {
        public Options {
            Adam.check("nAdam", beta1, beta2, eps);
            within("nAdam", "momentumDecay", momentumDecay, 0, Double.POSITIVE_INFINITY);
        }

        public Options(double rate) {
            this(rate, 0.9, 0.999, 1e-8, 0, 4e-3, false);
        }

        public Options betas(double first, double second) {
            return new Options(rate, first, second, eps, decay, momentumDecay, decoupled);
        }

        public Options decay(double share) {
            return new Options(rate, beta1, beta2, eps, share, momentumDecay, decoupled);
        }

        public Options decoupled(boolean on) {
            return new Options(rate, beta1, beta2, eps, decay, momentumDecay, on);
        }
    }

    private final Options options;

    public NAdam(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public NAdam(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private NAdam(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_NADAM());
        this.options = options;
    }

    private double momentum(long t) {
        return options.beta1 * (1 - 0.5 * Math.pow(0.96, t * options.momentumDecay));
    }

    @Override
    void row(Table table, Slot slot) {
        var o = options;
        var t = slot.steps();
        var now = momentum(t);
        var next = momentum(t + 1);
        var product = now * (t == 1 ? 1 : slot.number("product"));
        slot.number("product", product);
        var rate = slot.rate();
        var decay = slot.decay();
        table.k(0, rate * (1 - now) / (1 - product)).k(1, o.decoupled ? 0 : decay).k(2, o.decoupled ? 1 - rate * decay : 1)
                .k(3, o.beta1).k(4, 1 - o.beta1).k(5, o.beta2).k(6, 1 - o.beta2).k(7, o.eps)
                .k(8, 1 / Math.sqrt(1 - Math.pow(o.beta2, t))).k(9, rate * next / (1 - product * next));
        table.state(0, slot.array("mean")).state(1, slot.array("square"));
    }
}
