package fovea.nn;

import fovea.op.Dropout;
import fovea.op.Relu;
import fovea.op.Softmax;
import fovea.op.Unary;

/** The part of {@link Layers} that changes elements and keeps shapes: activations and dropout. */
abstract class Activations {
    Activations() {
    }

    /** max(x, 0). */
    public static Elementwise relu() {
        return new Elementwise("relu", Relu.RELU);
    }

    /** x between 0 and 6. */
    public static Elementwise relu6() {
        return new Elementwise("relu6", Unary.clamp(0, 6));
    }

    /** {@code slope x} below 0. */
    public static Elementwise leakyRelu(float slope) {
        return new Elementwise("leakyRelu " + slope, Unary.leakyRelu(slope));
    }

    /** {@code e^x - 1} below 0. */
    public static Elementwise elu() {
        return new Elementwise("elu", Unary.elu(1, 1));
    }

    /** {@code alpha (e^x - 1)} below 0. */
    public static Elementwise elu(float alpha) {
        return new Elementwise("elu " + alpha, Unary.elu(alpha, 1));
    }

    /** Klambauer et al. 2017: keeps mean and variance through many layers. */
    public static Elementwise selu() {
        return new Elementwise("selu", Unary.SELU);
    }

    /** x times the normal distribution function. */
    public static Elementwise gelu() {
        return new Elementwise("gelu", Unary.GELU);
    }

    /** The usual approximation of {@link #gelu}. */
    public static Elementwise geluTanh() {
        return new Elementwise("geluTanh", Unary.GELU_TANH);
    }

    /** Probabilities over the channels (of images: at each place). */
    public static Elementwise softmax() {
        return new Elementwise("softmax", new Softmax(1, false));
    }

    /** The logarithm of {@link #softmax}. */
    public static Elementwise logSoftmax() {
        return new Elementwise("logSoftmax", new Softmax(1, true));
    }

    /** x sigmoid(x), also called swish. */
    public static Elementwise silu() {
        return new Elementwise("silu", Unary.SILU);
    }

    /** x tanh(log(1 + e^x)). */
    public static Elementwise mish() {
        return new Elementwise("mish", Unary.MISH);
    }

    /** x min(max(x + 3, 0), 6) / 6. */
    public static Elementwise hardSwish() {
        return new Elementwise("hardSwish", Unary.HARD_SWISH);
    }

    /** 1 / (1 + e^-x). */
    public static Elementwise sigmoid() {
        return new Elementwise("sigmoid", Unary.SIGMOID);
    }

    /** x / 6 + 1 / 2 between 0 and 1. */
    public static Elementwise hardSigmoid() {
        return new Elementwise("hardSigmoid", Unary.HARD_SIGMOID);
    }

    /** The hyperbolic tangent. */
    public static Elementwise tanh() {
        return new Elementwise("tanh", Unary.TANH);
    }

    /** LeNet-5's 1.7159 tanh(2 x / 3). */
    public static Elementwise scaledTanh() {
        return new Elementwise("scaledTanh", Unary.SCALED_TANH);
    }

    /** log(1 + e^x). */
    public static Elementwise softplus() {
        return new Elementwise("softplus", Unary.SOFTPLUS);
    }

    /** x / (1 + |x|). */
    public static Elementwise softsign() {
        return new Elementwise("softsign", Unary.SOFTSIGN);
    }

    /** x, but at least low and at most high. */
    public static Elementwise clamp(float low, float high) {
        return new Elementwise("clamp " + low + " to " + high, Unary.clamp(low, high));
    }

    /** x between -1 and 1. */
    public static Elementwise hardTanh() {
        return new Elementwise("hardTanh", Unary.clamp(-1, 1));
    }

    /** {@code alpha (e^(x / alpha) - 1)} below 0, whose slope at 0 is 1 for every alpha. */
    public static Elementwise celu(float alpha) {
        return new Elementwise("celu " + alpha, Unary.celu(alpha));
    }

    /** Below 0 {@code slope x} with a learned slope, the same everywhere, beginning at 0.25. */
    public static LearnedSlope prelu() {
        return new LearnedSlope(false, Init.constant(0.25f));
    }

    /** Below 0 {@code slope x}; in TRAIN steps every element's slope is drawn between low and high, in EVAL steps it is their mean. */
    public static RandomSlope randomRelu(float low, float high) {
        return new RandomSlope(low, high);
    }

    // ---- dropout: in TRAIN steps alone ----------------------------------------------------------------------------------------

    /** Every element is 0 with probability p, and the others are larger by {@code 1 / (1 - p)}. */
    public static Dropping dropout(float p) {
        return new Dropping(p, Dropout.Per.ELEMENT);
    }

    /** Whole channels are 0 with probability p, since neighbouring places tell the same: Dropout2d. */
    public static Dropping channelDropout(float p) {
        return new Dropping(p, Dropout.Per.CHANNEL);
    }

    /**
     * Whole samples are 0 with probability p: at the end of the body of a residual, training goes through networks of random depth.
     *
     * <pre>{@code
     * residual(sequential(conv2d(64, 3).padding(1), batchNorm(), stochasticDepth(0.2f)))
     * }</pre>
     */
    public static Dropping stochasticDepth(float p) {
        return new Dropping(p, Dropout.Per.SAMPLE);
    }
}
