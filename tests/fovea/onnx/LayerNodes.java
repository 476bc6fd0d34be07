package fovea.onnx;

import static fovea.onnx.ElementwiseNodes.one;

import fovea.Shape;
import fovea.Tensor;
import fovea.onnx.OnnxGraph.Operator;
import fovea.op.BatchNorm;
import fovea.op.Conv;
import fovea.op.ConvTranspose;
import fovea.op.CrossEntropy;
import fovea.op.Extents;
import fovea.op.GroupNorm;
import fovea.op.InstanceNorm;
import fovea.op.LayerNorm;
import fovea.op.Reduce;
import fovea.op.Reduction;
import fovea.op.Rounding;
import fovea.op.Softmax;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** ONNX's convolutions, products, normalisations and losses. */
final class LayerNodes {
    private LayerNodes() {
    }

    static void addTo(Map<String, Operator> all) {
        all.put("Conv", one(LayerNodes::conv));
        all.put("ConvTranspose", one(LayerNodes::convTranspose));
        all.put("Gemm", one(LayerNodes::gemm));
        all.put("MatMul", one(c -> c.x(0).matmul(c.x(1))));
        all.put("LRN", one(LayerNodes::localResponseNorm));
        all.put("BatchNormalization", LayerNodes::batchNorm);
        all.put("InstanceNormalization", one(c -> c.step().apply(new InstanceNorm(c.node().real("epsilon", 1e-5), true), c.x(0), c.x(1),
                c.x(2))));
        all.put("GroupNormalization", one(c -> c.step().apply(new GroupNorm((int) c.node().integer("num_groups", 1),
                c.node().real("epsilon", 1e-5), true), c.x(0), c.x(1), c.x(2))));
        all.put("LayerNormalization", LayerNodes::layerNorm);
        all.put("MeanVarianceNormalization", one(LayerNodes::meanVarianceNorm));
        all.put("LpNormalization", one(LayerNodes::lpNorm));
        all.put("Softmax", one(c -> softmax(c, false)));
        all.put("LogSoftmax", one(c -> softmax(c, true)));
        all.put("NegativeLogLikelihoodLoss", one(c -> crossEntropy(c, c.x(0), true)));
        all.put("SoftmaxCrossEntropyLoss", c -> c.wants(1)
                ? c.tensors(crossEntropy(c, c.x(0), false), c.x(0).logSoftmax(1)) : c.tensors(crossEntropy(c, c.x(0), false)));
    }

    private static Tensor conv(OnnxCall c) {
        var x = c.x(0);
        var w = c.x(1);
        var rank = w.shape().rank() - 2;
        var pads = PoolNodes.pads(c.node(), rank);
        var op = Conv.of(rank).stride(PoolNodes.extents(c.node(), "strides", rank, 1))
                .dilation(PoolNodes.extents(c.node(), "dilations", rank, 1)).groups((int) c.node().integer("group", 1));
        var kernel = spatial(w.shape());
        op = switch (c.node().text("auto_pad", "NOTSET")) {
            case "NOTSET" -> op.padding(Extents.of(pads[0]), Extents.of(pads[1]));
            case "VALID" -> op;
            case "SAME_UPPER" -> op.fitted(spatial(x.shape()), kernel, Rounding.SAME);
            default -> {
                var upper = op.fitted(spatial(x.shape()), kernel, Rounding.SAME);
                yield op.padding(upper.padEnd(), upper.padBegin());
            }
        };
        return x.conv(op, w, c.xOrNull(2));
    }

    private static Extents spatial(Shape x) {
        return Extents.of(OnnxCall.ints(x.slice(2, x.rank()).toArray()));
    }

    private static Tensor convTranspose(OnnxCall c) {
        var x = c.x(0);
        var w = c.x(1);
        var rank = w.shape().rank() - 2;
        var strides = PoolNodes.extents(c.node(), "strides", rank, 1);
        var dilations = PoolNodes.extents(c.node(), "dilations", rank, 1);
        var more = PoolNodes.extents(c.node(), "output_padding", rank, 0);
        var pads = PoolNodes.pads(c.node(), rank);
        var size = c.node().integers("output_shape");
        var upper = c.node().text("auto_pad", "NOTSET").equals("SAME_UPPER");
        for (var i = 0; i < size.length; i++) {
            var total = (int) (strides[i] * (x.shape().dim(i + 2) - 1) + more[i] + (w.shape().dim(i + 2) - 1) * dilations[i] + 1 - size[i]);
            more[i] += Math.max(0, -total);
            pads[upper ? 0 : 1][i] = Math.max(0, total / 2);
            pads[upper ? 1 : 0][i] = Math.max(0, total - total / 2);
        }
        var op = ConvTranspose.of(rank).stride(strides).dilation(dilations).outputPadding(more)
                .groups((int) c.node().integer("group", 1)).padding(Extents.of(pads[0]), Extents.of(pads[1]));
        return x.convTranspose(op, w, c.xOrNull(2));
    }

    private static Tensor gemm(OnnxCall c) {
        var node = c.node();
        var alpha = node.real("alpha", 1);
        var beta = node.real("beta", 1);
        var transA = node.integer("transA", 0) != 0;
        var transB = node.integer("transB", 0) != 0;
        // Where it is a dense layer, as one.
        if (!transA && transB && alpha == 1 && beta == 1 && (!c.has(2) || c.x(2).shape().rank() == 1 && c.x(2).shape().elements() > 1)) {
            return c.x(0).linear(c.x(1), c.xOrNull(2));
        }
        var y = c.x(0).matmul(c.x(1), transA, transB).mul(alpha);
        return c.has(2) ? y.add(c.x(2).mul(beta)) : y;
    }

    private static Tensor localResponseNorm(OnnxCall c) {
        var size = (int) c.node().integer("size", 1);
        if (size % 2 == 0) {
            throw new IllegalArgumentException("ONNX: LRN over " + size + " channels lies one channel off from Fovea's");
        }
        return c.x(0).localResponseNorm(size, c.node().real("alpha", 1e-4), c.node().real("beta", 0.75), c.node().real("bias", 1));
    }

    /** Learned statistics are mixed by hand: ONNX's variance is the biased one, that of Fovea and PyTorch is not. */
    private static List<OnnxValue> batchNorm(OnnxCall c) {
        var epsilon = c.node().real("epsilon", 1e-5);
        if (c.node().integer("training_mode", 0) == 0) {
            return c.tensors(c.step().apply(BatchNorm.of(false).epsilon(epsilon), c.x(0), c.x(1), c.x(2), c.x(3), c.x(4)));
        }
        var x = c.x(0);
        var y = c.step().apply(BatchNorm.of(true).running(false).epsilon(epsilon), x, c.x(1), c.x(2));
        var stay = c.node().real("momentum", 0.9);
        var columns = x.transpose(0, 1).flatten();
        return c.tensors(y, c.x(3).mul(stay).add(columns.mean(1).mul(1 - stay)), c.x(4).mul(stay).add(columns.variance(1).mul(1 - stay)));
    }

    private static List<OnnxValue> layerNorm(OnnxCall c) {
        var x = c.x(0);
        var rank = x.shape().rank();
        var axis = x.shape().axis((int) c.node().integer("axis", -1));
        var epsilon = c.node().real("epsilon", 1e-5);
        var row = x.shape().slice(axis, rank);
        var beta = c.has(2) ? c.x(2) : c.full(row, 0);
        var y = c.step().apply(new LayerNorm(rank - axis, epsilon, true), x, c.x(1), beta);
        var axes = IntStream.range(axis, rank).toArray();
        var mean = x.reduce(Reduce.of(Reduce.Kind.MEAN, axes).keepingDims());
        var deviation = x.reduce(Reduce.of(Reduce.Kind.VARIANCE, axes).keepingDims()).add(epsilon).sqrt();
        return c.tensors(y, mean, deviation.reciprocal());
    }

    private static Tensor meanVarianceNorm(OnnxCall c) {
        var axes = c.node().has("axes") ? OnnxCall.ints(c.node().integers("axes")) : new int[] {0, 2, 3};
        var centred = c.x(0).sub(c.x(0).reduce(Reduce.of(Reduce.Kind.MEAN, axes).keepingDims()));
        return centred.div(c.x(0).reduce(Reduce.of(Reduce.Kind.VARIANCE, axes).keepingDims()).sqrt().add(1e-9f));
    }

    private static Tensor lpNorm(OnnxCall c) {
        var axis = (int) c.node().integer("axis", -1);
        var norm = c.node().integer("p", 2) == 1 ? c.x(0).abs().reduce(Reduce.of(Reduce.Kind.SUM, axis).keepingDims())
                : c.x(0).reduce(Reduce.of(Reduce.Kind.NORM, axis).keepingDims());
        // A row of zeros stays one.
        return c.x(0).div(norm.atLeast(Float.MIN_NORMAL));
    }

    /** Before version 13 over all axes from the given one on, taken as one. */
    private static Tensor softmax(OnnxCall c, boolean logarithm) {
        var x = c.x(0);
        if (c.opset() >= 13) {
            return c.step().apply(new Softmax((int) c.node().integer("axis", -1), logarithm), x);
        }
        var front = x.shape().slice(0, x.shape().axis((int) c.node().integer("axis", 1))).elements();
        return c.step().apply(new Softmax(-1, logarithm), x.reshape(front, -1)).reshape(x.shape());
    }

    private static Tensor crossEntropy(OnnxCall c, Tensor scores, boolean logProbabilities) {
        var op = CrossEntropy.MEAN.reduction(Reduction.valueOf(c.node().text("reduction", "mean").toUpperCase(Locale.ROOT)))
                .ignore((int) c.node().integer("ignore_index", CrossEntropy.IGNORE)).logProbabilities(logProbabilities);
        return c.has(2) ? scores.crossEntropy(op, c.ids(1), c.x(2)) : scores.crossEntropy(op, c.ids(1));
    }
}
