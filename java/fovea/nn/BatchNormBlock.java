package fovea.nn;

import fovea.Mode;
import fovea.Parameter;
import fovea.Tensor;
import fovea.op.Activation;
import fovea.op.BatchNorm;
import java.util.ArrayList;
import java.util.Objects;
import java.util.stream.Stream;

/** Batch norm with its tensors, and what may be applied in the same pass: the addition of another tensor, and relu. */
final class BatchNormBlock implements Block {
    private final BatchNormalization layer;
    final Parameter gamma;
    final Parameter beta;
    final Tensor mean;
    final Tensor variance;
    private final BatchNorm train;
    private final BatchNorm eval;
    private final BatchNorm trainAdd;
    private final BatchNorm evalAdd;
    /** The inputs of the ops, used again in every step; the first is x and the last, of the second, what is added. */
    private final Tensor[] inputs;
    private final Tensor[] inputsAdd;

    BatchNormBlock(BatchNormalization layer, Parameter gamma, Parameter beta, Tensor mean, Tensor variance) {
        this(layer, gamma, beta, mean, variance, Activation.NONE);
    }

    private BatchNormBlock(BatchNormalization layer, Parameter gamma, Parameter beta, Tensor mean, Tensor variance, Activation activation) {
        this.layer = layer;
        this.gamma = gamma;
        this.beta = beta;
        this.mean = mean;
        this.variance = variance;
        var op = new BatchNorm(true, layer.momentum(), layer.epsilon(), layer.affine(), layer.running(), false, activation);
        train = op;
        eval = layer.running()
                ? new BatchNorm(false, layer.momentum(), layer.epsilon(), layer.affine(), true, false, activation) : op;
        trainAdd = train.add(true);
        evalAdd = eval.add(true);
        var all = new ArrayList<Tensor>();
        all.add(null);
        Stream.of(gamma, beta, mean, variance).filter(Objects::nonNull).forEach(all::add);
        inputs = all.toArray(Tensor[]::new);
        all.add(null);
        inputsAdd = all.toArray(Tensor[]::new);
    }

    BatchNormBlock activation(Activation function) {
        return new BatchNormBlock(layer, gamma, beta, mean, variance, function);
    }

    /** Whether EVAL steps multiply and add by numbers that do not depend on the batch. */
    boolean foldsInEval() {
        return layer.running();
    }

    float epsilon() {
        return layer.epsilon();
    }

    @Override
    public Tensor forward(Tensor x) {
        var step = x.step();
        inputs[0] = x;
        return step.apply(step.mode() == Mode.TRAIN ? train : eval, inputs);
    }

    /** {@code activation(norm(x) + r)}. */
    Tensor forward(Tensor x, Tensor r) {
        var step = x.step();
        inputsAdd[0] = x;
        inputsAdd[inputsAdd.length - 1] = r;
        return step.apply(step.mode() == Mode.TRAIN ? trainAdd : evalAdd, inputsAdd);
    }
}
