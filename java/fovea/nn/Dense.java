package fovea.nn;

import fovea.Shape;
import fovea.op.Linear;

/**
 * Every output a weighted sum of all inputs; {@code dense(outputs)} makes one. Parameters are {@code weight [outputs, inputs]} and
 * {@code bias [outputs]}. Samples are vectors, so put {@code flatten()} before it;
 * rows of vectors {@code [rows, inputs]} give {@code [rows, outputs]}.
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
        if (in.rank() < 1 || in.rank() > 2) {
            throw new IllegalArgumentException("dense needs samples of [features], got %s; likely cause: flatten() is missing before it"
                    .formatted(in));
        }
        return in.with(-1, outputs);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        var shape = Shape.of(outputs, in.dim(-1));
        var w = scope.parameter("weight", shape, weightInit);
        var b = bias ? scope.parameter("bias", Shape.of(outputs), biasInit, Fans.of(shape)) : null;
        return new LinearBlock(Linear.LINEAR, w, b);
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
}
