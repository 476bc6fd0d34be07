package fovea.optim;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Stochastic diagonal Levenberg-Marquardt (LeCun, Bottou, Bengio, Haffner 1998): plain gradient descent in which every weight has a rate
 * of its own, {@code rate / (mu + h)}, h being the curvature of the loss along that weight. Where the loss is flat steps are long, and mu
 * keeps them finite.
 *
 * <p>The curvature is measured from time to time on some samples: {@link #measure}. For a loss whose second derivative with respect to an
 * inner tensor z is s times the identity (s = 2 for a squared distance), the diagonal of the Gauss-Newton matrix is the mean of the
 * squares of what backward gives for {@code dz = sqrt(s) v}, where v is +1 or -1 at random: products of two different elements of v
 * average out. LeCun's own recursion through the layers leaves out what connections have in common, this does not: along a weight that
 * many places share it finds more. The recipes of {@code lenet-1989} and {@code lenet5-1998} use his, by {@link #curvature(Parameter, float[])}.
 *
 * <pre>{@code
 * var lm = new DiagonalLevenbergMarquardt(model.parameters(), new DiagonalLevenbergMarquardt.Options(5e-4, 0.02));
 * lm.measure(500, i -> {
 *     try (var step = session.step(Mode.TRAIN)) {
 *         var y = model.forward(sample(step, i));
 *         step.backward(y, Gradients.REPLACE, signs(i, y.shape()));
 *     }
 * });
 * }</pre>
 */
public final class DiagonalLevenbergMarquardt extends NativeOptimizer {
    /** @param mu added to the curvature */
    public record Options(double rate, double mu) {
        public Options {
            if (!(mu > 0)) {
                throw new IllegalArgumentException("diagonalLevenbergMarquardt: mu is %s; it must be above 0".formatted(mu));
            }
        }
    }

    /** Leaves the gradients of one sample for one random direction. */
    @FunctionalInterface
    public interface Pass {
        void run(int sample);
    }

    private static final String CURVATURE = "squared curvature";

    private final Options options;

    public DiagonalLevenbergMarquardt(List<Parameter> parameters, Options options) {
        super(all(parameters), options.rate, 0, FoveaNative.FOV_RMSPROP());
        this.options = options;
    }

    /** Measures the curvature anew as the mean over so many passes. Before the first measurement it counts as 0. */
    public void measure(int passes, Pass pass) {
        if (passes < 1) {
            throw new IllegalArgumentException("diagonalLevenbergMarquardt: %d passes; give at least 1".formatted(passes));
        }
        var sums = new LinkedHashMap<Slot, double[]>();
        for (var i = 0; i < passes; i++) {
            pass.run(i);
            for (var slot : slots()) {
                var parameter = slot.parameter();
                if (!parameter.frozen() && parameter.hasNewGrad()) {
                    var sum = sums.computeIfAbsent(slot, _ -> new double[Math.toIntExact(parameter.shape().elements())]);
                    var gradient = parameter.gradData();
                    for (var k = 0; k < sum.length; k++) {
                        var g = (double) gradient.getAtIndex(ValueLayout.JAVA_FLOAT, k);
                        sum[k] += g * g;
                    }
                    parameter.gradUsed();
                }
            }
        }
        if (sums.isEmpty()) {
            throw new IllegalStateException("diagonalLevenbergMarquardt: no pass left a gradient; each must end with step.backward(...)");
        }
        sums.forEach((slot, sum) -> {
            var squared = slot.array(CURVATURE);
            for (var k = 0; k < sum.length; k++) {
                squared.setAtIndex(ValueLayout.JAVA_FLOAT, k, (float) (sum[k] / passes * (sum[k] / passes)));
            }
        });
    }

    /** Takes the curvature along every element of a parameter from elsewhere: one that suits the network better than {@link #measure}. */
    public void curvature(Parameter parameter, float[] elements) {
        if (elements.length != parameter.shape().elements()) {
            throw new IllegalArgumentException("diagonalLevenbergMarquardt: %d curvatures for %s, which has %d elements".formatted(
                    elements.length, parameter.name(), parameter.shape().elements()));
        }
        var squared = slot(parameter).array(CURVATURE);
        for (var k = 0; k < elements.length; k++) {
            if (!(elements[k] >= 0)) {
                throw new IllegalArgumentException("diagonalLevenbergMarquardt: curvature %s of element %d of %s; give 0 or more, and mu"
                        .formatted(elements[k], k, parameter.name()) + " takes care of 0");
            }
            squared.setAtIndex(ValueLayout.JAVA_FLOAT, k, elements[k] * elements[k]);
        }
    }

    /** The curvature along every element of a parameter, as it was last measured or given. */
    public float[] curvature(Parameter parameter) {
        var slot = slot(parameter);
        var squared = slot.array(CURVATURE).toArray(ValueLayout.JAVA_FLOAT);
        for (var k = 0; k < squared.length; k++) {
            squared[k] = (float) Math.sqrt(squared[k]);
        }
        return Arrays.copyOf(squared, Math.toIntExact(parameter.shape().elements()));
    }

    private Slot slot(Parameter parameter) {
        return slots().stream().filter(s -> s.parameter() == parameter).findFirst().orElseThrow(
                () -> new IllegalArgumentException("%s is no parameter of this optimizer".formatted(parameter.name())));
    }

    /** RMSProp's update, {@code rate g / (sqrt(s) + epsilon)}, with an s that stays as it was measured. */
    @Override
    void row(Table table, Slot slot) {
        table.k(0, slot.rate()).k(1, 0).k(2, 1).k(3, 0).k(4, options.mu).k(5, 0);
        table.state(0, slot.array(CURVATURE));
    }
}
