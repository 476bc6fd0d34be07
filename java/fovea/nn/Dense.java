package fovea.nn;

import fovea.Parameter;
import fovea.Shape;
import fovea.Tensor;
import fovea.op.Conv;
import fovea.op.Reshape;

/**
 * Every output a weighted sum of all inputs; {@code dense(outputs)} makes one. Parameters are {@code weight [outputs, inputs]} and
 * {@code bias [outputs]}. Samples are vectors; put {@code flatten()} before it.
 */
public record Dense(int outputs, boolean bias, Init weightInit, Init biasInit) implements Layer {
    public Dense {
        if (outputs < 1) {
            throw new IllegalArgumentException("dense: %d outputs; there must be at least one".formatted(outputs));
        }
    }

    public Dense(int outputs) {
        this(outputs, true, Init.torchUniform(), Init.torchUniform());
    }

    public Dense bias(boolean on) {
        return new Dense(outputs, on, weightInit, biasInit);
    }

    public Dense init(Init weights) {
        return new Dense(outputs, bias, weights, biasInit);
    }

    public Dense biasInit(Init biases) {
        return new Dense(outputs, bias, weightInit, biases);
    }

    @Override
    public Shape outputShape(Shape in) {
        if (in.rank() != 1) {
            throw new IllegalArgumentException("dense needs samples of [features], got %s; likely cause: flatten() is missing before it"
                    .formatted(in));
        }
        return Shape.of(outputs);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        var shape = Shape.of(outputs, in.dim(0));
        var w = scope.parameter("weight", shape, weightInit);
        var b = bias ? scope.parameter("bias", Shape.of(outputs), biasInit, Fans.of(shape)) : null;
        return new Built(w, b, in.dim(0), outputs);
    }

    @Override
    public long macs(Shape in) {
        return in.elements() * outputs;
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "dense " + outputs + (bias ? "" : ", no bias");
    }

    /** A convolution over images of one pixel: the same sums. */
    private static final class Built implements Block {
        private static final Conv CONV = Conv.of(1);
        private final Parameter w;
        private final Parameter b;
        private final Reshape filters;
        private final long inputs;
        private final long outputs;
        private Reshape before = new Reshape(Shape.scalar());
        private Reshape after;

        Built(Parameter w, Parameter b, long inputs, long outputs) {
            this.w = w;
            this.b = b;
            this.inputs = inputs;
            this.outputs = outputs;
            filters = new Reshape(Shape.of(outputs, inputs, 1));
        }

        @Override
        public Tensor forward(Tensor x) {
            var step = x.step();
            var n = x.shape().dim(0);
            if (before.shape().rank() == 0 || before.shape().dim(0) != n) {
                before = new Reshape(Shape.of(n, inputs, 1));
                after = new Reshape(Shape.of(n, outputs));
            }
            var pixels = step.apply(before, x);
            var kernels = step.apply(filters, w);
            var y = b == null ? step.apply(CONV, pixels, kernels) : step.apply(CONV, pixels, kernels, b);
            var result = step.apply(after, y);
            step.discard(pixels);
            step.discard(kernels);
            step.discard(y);
            return result;
        }
    }
}
