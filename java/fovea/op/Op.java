package fovea.op;

import java.util.List;

/**
 * Everything a network is made of: a record with an op's attributes, its checks and its shape inference, and no native code.
 *
 * <p>The list is sealed. The compiler, the tests and the tools enumerate it: an op without a plan does not compile, and one without
 * a contract test fails the build. Users compose ops in blocks; they apply one with {@code step.apply(op, inputs)} or, in most
 * cases, with the method of {@link fovea.Tensor} that is named after it.
 */
public sealed interface Op
        permits AdaptiveAvgPool, AdaptiveMaxPool, Add, AvgPool, BatchNorm, Binary, Concat, Conv, ConvMaxPool, ConvTranspose, Convert,
        CrossEntropy, Detach, Dropout, Expand, Gather, GatherElements, GroupNorm, ImageToFloat, Input, InstanceNorm, LayerNorm, Linear,
        LocalResponseNorm, LocalResponseNormWithin, LpPool, MatMul, MaxPool, MaxUnpool, OneHot, Pad, Permute, RandomRelu, Reduce, Relu,
        Reorder, Reshape, Resize, Roll, Slice, Softmax, Split, SquaredDistance, StochasticPool, SubSample, SumPool, Unary, Where {

    /**
     * What comes out, first output first, or an {@link IllegalArgumentException} that names this op, what came and what it needs.
     * Called when an op is recorded, not when it is replayed.
     */
    List<Spec> infer(List<Spec> inputs);

    /** Whether gradients flow back through this op. */
    default boolean differentiable() {
        return true;
    }

    /** Which tensors the backward pass reads: built with {@link #INPUT} and {@link #OUTPUT}, for example {@code OUTPUT << 0}. */
    default int savedForBackward() {
        return 0;
    }

    /** {@code INPUT << i} stands for input i. */
    int INPUT = 1;
    /** {@code OUTPUT << i} stands for output i. */
    int OUTPUT = 1 << 16;
}
