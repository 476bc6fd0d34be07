package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.util.List;

/**
 * Adam (Kingma and Ba 2014), as PyTorch's: averages m of the gradient and v of its square, both freed of their bias, {@code w -= rate
 * m / (sqrt(v) + eps)}. Weight decay is added to the gradient; {@link AdamW} takes it off the weights instead, which is usually better.
 *
 * <pre>{@code
 * var adam = new Adam(model.parameters(), new Adam.Options(1e-3).betas(0.9, 0.98));
 * }</pre>
 */
public final class Adam extends NativeOptimizer {
    /** @param amsgrad divide by the largest v so far instead of the present one */
    public record Options(double rate, double beta1, double beta2, double eps, double decay, boolean amsgrad) {
        public Options {
            check("adam", beta1, beta2, eps);
        }

        public Options(double rate) {
            this(rate, 0.9, 0.999, 1e-8, 0, false);
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

    static void check(String optimizer, double beta1, double beta2, double eps) {
        within(optimizer, "beta1", beta1, 0, 1);
        within(optimizer, "beta2", beta2, 0, 1);
        within(optimizer, "eps", eps, 0, Double.POSITIVE_INFINITY);
    }

    private final Options options;

    public Adam(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public Adam(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private Adam(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay, FoveaNative.FOV_ADAM());
        this.options = options;
    }

    @Override
    void row(Table table, Slot slot) {
        row(table, slot, options, slot.rate(), slot.decay(), 1);
    }

    /** @param decay added to the gradient @param shrink what the weights are multiplied by */
    static void row(Table table, Slot slot, Options o, double rate, double decay, double shrink) {
        var t = slot.steps();
        table.k(0, rate / (1 - Math.pow(o.beta1, t))).k(1, decay).k(2, shrink).k(3, o.beta1).k(4, 1 - o.beta1).k(5, o.beta2)
                .k(6, 1 - o.beta2).k(7, o.eps).k(8, 1 / Math.sqrt(1 - Math.pow(o.beta2, t)));
        table.state(0, slot.array("mean")).state(1, slot.array("square"));
        if (o.amsgrad) {
            table.state(2, slot.array("largest"));
        }
    }
}
