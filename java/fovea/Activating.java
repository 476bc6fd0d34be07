package fovea;

import fovea.op.Binary;
import fovea.op.Dropout;
import fovea.op.RandomRelu;
import fovea.op.Relu;
import fovea.op.Softmax;
import fovea.op.Unary;
import java.util.Arrays;

/** Activation functions of a {@link Tensor}, as methods; each is one op of {@link fovea.op} and takes any layout. */
public sealed interface Activating permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** max(x, 0). */
    default Tensor relu() {
        return self().apply(Relu.RELU);
    }

    /** x where it is positive, else {@code slope x}. */
    default Tensor leakyRelu(float slope) {
        return self().apply(Unary.leakyRelu(slope));
    }

    /** x where it is positive, else {@code alpha (e^x - 1)}. */
    default Tensor elu(float alpha) {
        return self().apply(Unary.elu(alpha, 1));
    }

    /** x where it is positive, else {@code alpha (e^(x / alpha) - 1)}: its slope is continuous for any alpha. */
    default Tensor celu(float alpha) {
        return self().apply(Unary.celu(alpha));
    }

    /** The scaled {@link #elu} that keeps mean 0 and variance 1 from layer to layer. */
    default Tensor selu() {
        return self().apply(Unary.SELU);
    }

    /** x times the probability that a normally distributed number is below x. */
    default Tensor gelu() {
        return self().apply(Unary.GELU);
    }

    /** The approximation of {@link #gelu} through tanh, for weights that were trained with it. */
    default Tensor geluTanh() {
        return self().apply(Unary.GELU_TANH);
    }

    /** {@code x sigmoid(x)}, also called swish. */
    default Tensor silu() {
        return self().apply(Unary.SILU);
    }

    /** {@code x tanh(softplus(x))}. */
    default Tensor mish() {
        return self().apply(Unary.MISH);
    }

    /** {@code x min(max(x + 3, 0), 6) / 6}. */
    default Tensor hardSwish() {
        return self().apply(Unary.HARD_SWISH);
    }

    /** {@code min(max(x + 3, 0), 6) / 6}. */
    default Tensor hardSigmoid() {
        return self().apply(Unary.HARD_SIGMOID);
    }

    /** {@code 1 / (1 + e^-x)}. */
    default Tensor sigmoid() {
        return self().apply(Unary.SIGMOID);
    }

    default Tensor tanh() {
        return self().apply(Unary.TANH);
    }

    /** {@code 1.7159 tanh(2 x / 3)}, LeNet-5's squashing function. */
    default Tensor scaledTanh() {
        return self().apply(Unary.SCALED_TANH);
    }

    /** {@code log(1 + e^x)}. */
    default Tensor softplus() {
        return self().apply(Unary.SOFTPLUS);
    }

    /** {@code x / (1 + |x|)}. */
    default Tensor softsign() {
        return self().apply(Unary.SOFTSIGN);
    }

    /** {@code e^x} along an axis, divided by its sum: probabilities. */
    default Tensor softmax(int axis) {
        return self().apply(new Softmax(axis, false));
    }

    /** The logarithm of {@link #softmax}, without rounding small probabilities to 0. */
    default Tensor logSoftmax(int axis) {
        return self().apply(new Softmax(axis, true));
    }

    /** x where it is positive, else {@code slope x} with a learned slope: one number, or {@code [c]} for x {@code [n, c, ...]}. */
    default Tensor prelu(Tensor slope) {
        return self().apply(Binary.PRELU, perChannel(slope));
    }

    /** {@code scale x + shift} with one learned number per channel each: LeNet-5's trainable sub-sampling, behind a sum over windows. */
    default Tensor scaleShift(Tensor scale, Tensor shift) {
        return self().mul(perChannel(scale)).add(perChannel(shift));
    }

    private Tensor perChannel(Tensor each) {
        var x = self().shape();
        if (each.shape().elements() == 1 || x.rank() <= 2) {
            return each;
        }
        var dims = new long[x.rank() - 1];
        Arrays.fill(dims, 1);
        dims[0] = each.shape().elements();
        return each.reshape(dims);
    }

    /** x where it is positive, else {@code slope x}: in training with a random slope per element, else with the mean slope. */
    default Tensor randomRelu(float low, float high) {
        var training = self().session().openStep(self()).mode() == Mode.TRAIN;
        return self().apply(training ? new RandomRelu(low, high) : Unary.leakyRelu((low + high) / 2));
    }

    /** Each element 0 with probability p, else scaled so that the mean stays. Always: layers leave it out of evaluation. */
    default Tensor dropout(float p) {
        return self().apply(new Dropout(p, Dropout.Per.ELEMENT));
    }
}
