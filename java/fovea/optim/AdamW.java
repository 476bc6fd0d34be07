package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * {@link Adam} with decoupled weight decay (Loshchilov and Hutter 2017), as PyTorch's AdamW: every step first takes {@code rate *
 * decay} of the weights away.
 *
 * <pre>{@code
 * var adam = new AdamW(new AdamW.Options(1e-3).decay(0.05),
 *         Group.of(model.parametersExcept("*.bias")), Group.of(model.parameters("*.bias")).decay(0));
 * }</pre>
 */
public final class AdamW extends NativeOptimizer {
    /** @param amsgrad divide by the largest v so far instead of the present one */
    public record Options(double rate, double beta1, double beta2, double eps, double decay, boolean amsgrad) {
        public Options {
            Adam.check("adamW", beta1, beta2, eps);
        }

        public Options(double rate) {
            this(rate, 0.9, 0.999, 1e-8, 1e-2, false);
        }

        public Options betas(double first, double second) {
            return new Options(rate, first, second, eps, decay, amsgrad);
        }

        public Options eps(double addend) {
            return new Options(rate, beta1, beta2, addend, decay, amsgrad);
        }

        public Options decay(double share) {
            return new Options(rate, beta1, beta2, eps, share, amsgrad);
        }

        public Options amsgrad(boolean on) {
            return new Options(rate, beta1, beta2, eps, decay, on);
        }
    }

    private final Adam.Options options;

    public AdamW(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public AdamW(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private AdamW(Options o, List<Group> groups) {
        super(groups, o.rate, o.decay, FoveaNative.FOV_ADAM());
        options = new Adam.Options(o.rate, o.beta1, o.beta2, o.eps, o.decay, o.amsgrad);
    }

    @Override
    void row(Table table, Slot slot) {
        Adam.row(table, slot, options, slot.rate(), 0, 1 - slot.rate() * slot.decay());
    }
}
