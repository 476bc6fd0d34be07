package fovea.nn;

import fovea.Shape;

/**
 * Batch norm per channel; {@code batchNorm()} makes one. Parameters {@code weight} and {@code bias}, buffers {@code running_mean} and
 * {@code running_var}, all of one element for each channel. TRAIN steps use the batch's statistics and move the running ones, EVAL
 * steps use the running ones.
 *
 * @param momentum how far the running statistics move in every step
 * @param affine with weight and bias
 * @param running with running statistics; without, those of the batch are used in EVAL too
 */
public record BatchNormalization(float momentum, float epsilon, boolean affine, boolean running, float scale) implements Layer {
    public BatchNormalization() {
        this(0.1f, 1e-5f, true, true, 1);
    }

    public BatchNormalization momentum(float share) {
        return new BatchNormalization(share, epsilon, affine, running, scale);
    }

    public BatchNormalization epsilon(float addend) {
        return new BatchNormalization(momentum, addend, affine, running, scale);
    }

    public BatchNormalization affine(boolean on) {
        return new BatchNormalization(momentum, epsilon, on, running, scale);
    }

    public BatchNormalization running(boolean on) {
        return new BatchNormalization(momentum, epsilon, affine, on, scale);
    }

    /** Where the weights begin: 0 in the last norm of a residual block lets it begin as its shortcut. */
    public BatchNormalization scale(float start) {
        return new BatchNormalization(momentum, epsilon, affine, running, start);
    }

    @Override
    public Shape outputShape(Shape in) {
        if (in.rank() < 1) {
            throw new IllegalArgumentException("batchNorm needs samples of [channels, ...], got %s".formatted(in));
        }
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var channels = Shape.of(outputShape(in).dim(0));
        var gamma = affine ? scope.parameter("weight", channels, Init.constant(scale)) : null;
        var beta = affine ? scope.parameter("bias", channels, Init.constant(0)) : null;
        var mean = running ? scope.buffer("running_mean", channels, 0) : null;
        var variance = running ? scope.buffer("running_var", channels, 1) : null;
        return new BatchNormBlock(this, gamma, beta, mean, variance);
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "batchNorm" + (affine ? "" : ", not affine") + (running ? "" : ", statistics of the batch");
    }
}
