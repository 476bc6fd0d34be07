package fovea.onnx;

import fovea.Tensor;
import fovea.ElementType;
import fovea.op.Binary;
import fovea.op.Unary;
import fovea.onnx.OnnxGraph.Operator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** ONNX's arithmetic and activations. */
final class ElementwiseNodes {
    private ElementwiseNodes() {
    }

    /** An operator with one result. */
    static Operator one(Function<OnnxCall, Tensor> f) {
        return call -> List.of(OnnxValue.of(f.apply(call)));
    }

    static void addTo(Map<String, Operator> all) {
        all.put("Abs", one(c -> c.x(0).abs()));
        all.put("Celu", one(c -> c.x(0).celu(c.node().real("alpha", 1))));
        all.put("Elu", one(c -> c.x(0).elu(c.node().real("alpha", 1))));
        all.put("Erf", one(c -> c.x(0).erf()));
        all.put("Exp", one(c -> c.x(0).exp()));
        all.put("Gelu", one(c -> c.node().text("approximate", "none").equals("tanh") ? c.x(0).geluTanh() : c.x(0).gelu()));
        all.put("HardSigmoid", one(c -> c.step().apply(Unary.hardSigmoid(c.node().real("alpha", 0.2), c.node().real("beta", 0.5)),
                c.x(0))));
        all.put("HardSwish", one(c -> c.x(0).hardSwish()));
        all.put("LeakyRelu", one(c -> c.x(0).leakyRelu(c.node().real("alpha", 0.01))));
        all.put("Log", one(c -> c.x(0).log()));
        all.put("Mish", one(c -> c.x(0).mish()));
        all.put("Neg", one(c -> c.x(0).neg()));
        all.put("Reciprocal", one(c -> c.x(0).reciprocal()));
        all.put("Relu", one(c -> c.x(0).relu()));
        all.put("Selu", one(c -> c.step().apply(Unary.elu(c.node().real("alpha", 1.67326319217681884765625),
                c.node().real("gamma", 1.05070102214813232421875)), c.x(0))));
        all.put("Sigmoid", one(c -> c.x(0).sigmoid()));
        all.put("Sign", one(c -> c.x(0).sign()));
        all.put("Softplus", one(c -> c.x(0).softplus()));
        all.put("Softsign", one(c -> c.x(0).softsign()));
        all.put("Sqrt", one(c -> c.x(0).sqrt()));
        all.put("Tanh", one(c -> c.x(0).tanh()));
        all.put("Swish", one(ElementwiseNodes::swish));
        all.put("Shrink", one(ElementwiseNodes::shrink));
        all.put("ThresholdedRelu", one(c -> c.x(0).greater(c.full(c.x(0).shape(), c.node().real("alpha", 1))).mul(c.x(0))));
        all.put("PRelu", one(ElementwiseNodes::prelu));
        all.put("Clip", one(ElementwiseNodes::clip));
        all.put("Add", binary(Tensor::add));
        all.put("Sub", binary(Tensor::sub));
        all.put("Mul", binary(Tensor::mul));
        all.put("Div", binary(Tensor::div));
        all.put("Pow", binary(Tensor::pow));
        all.put("Sum", folded(Tensor::add));
        all.put("Max", folded(Tensor::maximum));
        all.put("Min", folded(Tensor::minimum));
        all.put("Mean", one(c -> Arrays.stream(c.all()).reduce(Tensor::add).orElseThrow().div(c.inputs())));
    }

    /** Of integers as F32 and back, which drops the fraction: what ONNX's integer division does. */
    private static Tensor typed(OnnxCall c, Tensor y) {
        return c.value(0).isInteger() ? y.to(ElementType.I32) : y;
    }

    private static Operator folded(BinaryOperator<Tensor> f) {
        return one(c -> typed(c, Arrays.stream(c.all()).reduce(f).orElseThrow()));
    }

    private static Operator binary(BinaryOperator<Tensor> f) {
        return one(c -> typed(c, f.apply(c.x(0), aligned(c))));
    }

    /** Before version 7 an attribute said at which axis of a the axes of b begin. */
    private static Tensor aligned(OnnxCall c) {
        var b = c.x(1);
        if (c.opset() >= 7 || !c.node().has("axis")) {
            return b;
        }
        var behind = c.x(0).shape().rank() - (int) c.node().integer("axis", 0) - b.shape().rank();
        for (var i = 0; i < behind; i++) {
            b = b.unsqueeze(-1);
        }
        return b;
    }

    private static Tensor swish(OnnxCall c) {
        var alpha = c.node().real("alpha", 1);
        return alpha == 1 ? c.x(0).silu() : c.x(0).mul(c.x(0).mul(alpha).sigmoid());
    }

    private static Tensor shrink(OnnxCall c) {
        var x = c.x(0);
        var bias = c.node().real("bias", 0);
        var bound = c.full(x.shape(), c.node().real("lambd", 0.5));
        return x.less(bound.neg()).mul(x.add(bias)).add(x.greater(bound).mul(x.sub(bias)));
    }

    /** Before version 7 a slope per channel was not stretched from the last axis on, but along the second one. */
    private static Tensor prelu(OnnxCall c) {
        var slope = c.x(1);
        return c.opset() < 7 ? c.x(0).prelu(slope) : c.step().apply(Binary.PRELU, c.x(0), slope);
    }

    /** The upper bound counts where the lower one is above it. */
    private static Tensor clip(OnnxCall c) {
        var low = c.has(1) ? c.number(1) : c.node().real("min", Float.NEGATIVE_INFINITY);
        var high = c.has(2) ? c.number(2) : c.node().real("max", Float.POSITIVE_INFINITY);
        return low > high ? c.x(0).atLeast(low).atMost(high) : c.x(0).clamp(low, high);
    }
}
