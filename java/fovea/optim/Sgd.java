package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * Stochastic gradient descent with momentum, as PyTorch's SGD: weight decay is added to the gradient, {@code v = momentum v + (1 -
 * dampening) g} (the first v is g), {@code w -= rate v}, and with Nesterov {@code w -= rate (g + momentum v)}.
 *
 * <pre>{@code
 * var sgd = new Sgd(model.parameters(), new Sgd.Options(0.1, 0.9, 5e-4).nesterov(true));
 * }</pre>
 */
public final class Sgd extends NativeOptimizer {
    public record Options(double rate, double momentum, double decay, double dampening, boolean nesterov) {
        public Options {
            within("sgd", "momentum", momentum, 0, 1);
            within("sgd", "dampening", dampening, 0, Math.nextUp(1.0));
            if (nesterov && (momentum == 0 || dampening != 0)) {
                throw new IllegalArgumentException("sgd: Nesterov needs momentum above 0 and no dampening; momentum is %s, dampening %s"
                        .formatted(momentum, dampening));
            }
        }

        public Options(double rate) {
            this(rate, 0, 0, 0, false);
        }

        public Options(double rate, double momentum, double decay) {
            this(rate, momentum, decay, 0, false);
        }

        public Options dampening(double share) {
            return new Options(rate, momentum, decay, share, nesterov);
        }

        public Options nesterov(boolean on) {
            return new Options(rate, momentum, decay, dampening, on);
        }
    }

    private final Options options;

    public Sgd(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public Sgd(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private Sgd(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_SGD());
        this.options = options;
    }

    @Override
    void row(Table table, Slot slot) {
        table.k(0, slot.rate()).k(1, slot.decay()).k(2, options.momentum).k(3, slot.steps() == 1 ? 1 : 1 - options.dampening)
                .k(4, options.nesterov ? options.momentum : 0);
        if (options.momentum != 0) {
            table.state(0, slot.array("momentum"));
        }
    }
}
