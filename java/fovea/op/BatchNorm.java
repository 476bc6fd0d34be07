package fovea.op;

import fovea.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Batch normalisation of x [n, c, any spatial axes] per channel:
 *
 * <pre>{@code
 * y = activation((x - mean) / sqrt(variance + epsilon) * gamma + beta + r)
 *
 * var op = BatchNorm.of(step.mode() == Mode.TRAIN);
 * var y = x.batchNorm(op, gamma, beta, runningMean, runningVariance);
 * }</pre>
 *
 * In training, mean and (biased) variance are those of the batch, and the running statistics, tensors of the session, move to them in
 * place, once per pass: {@code running = (1 - momentum) * running + momentum * batch}, the variance unbiased. Otherwise the running
 * ones are used. Inputs in order: x, gamma and beta [c] where {@code affine}, running mean and variance [c] where {@code running},
 * r of x's shape where {@code add}.
 *
 * @param training use and learn the batch's statistics
 * @param momentum how far the running statistics move
 * @param epsilon keeps the divisor from zero
 * @param affine with gamma and beta
 * @param running with running statistics; without, the batch's are used in any case
 * @param add another tensor is added behind the normalisation: the end of a residual block
 * @param activation applied to the result in the same pass over memory
 */
public record BatchNorm(boolean training, float momentum, float epsilon, boolean affine, boolean running, boolean add,
        Activation activation) implements Op {
    public BatchNorm {
        Checks.require(momentum >= 0 && momentum <= 1, "batchNorm: momentum is %s; it must be 0 to 1", momentum);
        Checks.require(epsilon > 0 && epsilon < Float.POSITIVE_INFINITY, "batchNorm: epsilon is %s; it must be positive", epsilon);
        Checks.require(training || running, "batchNorm: without running statistics only those of the batch are left; set training");
    }

    /** With gamma, beta and running statistics, momentum 0.1 and epsilon 1e-5. */
    public static BatchNorm of(boolean training) {
        return new BatchNorm(training, 0.1f, 1e-5f, true, true, false, Activation.NONE);
    }

    public BatchNorm momentum(float m) {
        return new BatchNorm(training, m, epsilon, affine, running, add, activation);
    }

    public BatchNorm epsilon(float e) {
        return new BatchNorm(training, momentum, e, affine, running, add, activation);
    }

    public BatchNorm affine(boolean on) {
        return new BatchNorm(training, momentum, epsilon, on, running, add, activation);
    }

    public BatchNorm running(boolean on) {
        return new BatchNorm(training, momentum, epsilon, affine, on, add, activation);
    }

    public BatchNorm add(boolean on) {
        return new BatchNorm(training, momentum, epsilon, affine, running, on, activation);
    }

    public BatchNorm activation(Activation function) {
        return new BatchNorm(training, momentum, epsilon, affine, running, add, function);
    }

    /** Which input is gamma, the running mean, or r; beta and the running variance follow theirs. */
    public int gammaInput() {
        return 1;
    }

    public int runningInput() {
        return affine ? 3 : 1;
    }

    public int addInput() {
        return runningInput() + (running ? 2 : 0);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        var names = new ArrayList<>(List.of("x"));
        names.addAll(affine ? List.of("gamma", "beta") : List.of());
        names.addAll(running ? List.of("running mean", "running variance") : List.of());
        names.addAll(add ? List.of("r") : List.of());
        Checks.require(inputs.size() == names.size(), "batchNorm takes %s, got %d inputs: %s", names, inputs.size(), inputs);
        var x = Checks.f32("batchNorm", "x", inputs.getFirst());
        Checks.require(x.rank() >= 2, "batchNorm: x is %s; it must be [n, c] or [n, c, spatial...]", x);
        var perChannel = Shape.of(x.dim(1));
        for (var i = 1; i < inputs.size(); i++) {
            var shape = Checks.f32("batchNorm", names.get(i), inputs.get(i));
            var expected = names.get(i).equals("r") ? x : perChannel;
            Checks.require(shape.equals(expected), "batchNorm: %s is %s; x %s has %d channels, so it must be %s", names.get(i), shape, x,
                    x.dim(1), expected);
        }
        Checks.require(!training || x.elements() > x.dim(1), "batchNorm: x %s has one value per channel, which has no variance to learn; "
                + "use a larger batch or the running statistics", x);
        return List.of(Spec.f32(x));
    }

    /** Which elements passed a ReLU is told by x, which is needed anyway; only where r was added by y. */
    @Override
    public int savedForBackward() {
        var parameters = affine ? INPUT << 1 | INPUT << 2 : 0;
        return INPUT | parameters | (add && activation == Activation.RELU ? OUTPUT : 0);
    }
}
