package fovea.onnx;

import static fovea.onnx.ElementwiseNodes.one;

import fovea.Shape;
import fovea.Tensor;
import fovea.onnx.OnnxGraph.Operator;
import fovea.op.AvgPool;
import fovea.op.Extents;
import fovea.op.MaxPool;
import fovea.op.Rounding;
import fovea.op.Window;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** ONNX's pooling. */
final class PoolNodes {
    private PoolNodes() {
    }

    static void addTo(Map<String, Operator> all) {
        all.put("AveragePool", one(PoolNodes::average));
        all.put("LpPool", one(PoolNodes::lp));
        all.put("MaxPool", PoolNodes::max);
        all.put("MaxUnpool", one(PoolNodes::unpool));
        all.put("GlobalAveragePool", one(c -> c.x(0).globalAvgPool()));
        all.put("GlobalMaxPool", one(c -> c.x(0).globalMaxPool()));
    }

    /** Attributes of windows, one number for every spatial axis; the absent number where there is none. */
    static int[] extents(OnnxNode node, String attribute, int rank, int absent) {
        var given = OnnxCall.ints(node.integers(attribute));
        if (given.length == 0) {
            given = new int[rank];
            Arrays.fill(given, absent);
        }
        return given;
    }

    /** The paddings before and behind every spatial axis. */
    static int[][] pads(OnnxNode node, int rank) {
        var both = extents(node, "pads", 2 * rank, 0);
        return new int[][] {Arrays.copyOf(both, rank), Arrays.copyOfRange(both, rank, 2 * rank)};
    }

    private static Window unpadded(OnnxCall c) {
        var kernel = OnnxCall.ints(c.node().integers("kernel_shape"));
        var rounding = c.node().integer("ceil_mode", 0) != 0 ? Rounding.CEIL : Rounding.FLOOR;
        return Window.of(kernel).stride(extents(c.node(), "strides", kernel.length, 1))
                .dilation(extents(c.node(), "dilations", kernel.length, 1)).rounding(rounding);
    }

    private static Window window(OnnxCall c) {
        var window = unpadded(c);
        var pads = pads(c.node(), window.rank());
        return switch (c.node().text("auto_pad", "NOTSET")) {
            case "NOTSET" -> window.padding(Extents.of(pads[0]), Extents.of(pads[1]));
            case "VALID" -> window;
            case "SAME_UPPER" -> window.rounding(Rounding.SAME);
            default -> {
                var upper = window.rounding(Rounding.SAME).fitted(c.x(0).shape());
                yield window.padding(upper.padEnd(), upper.padBegin());
            }
        };
    }

    /** Paddings of more than half a window are allowed in ONNX, and no window of Fovea may lie wholly in them. */
    private static boolean isWide(OnnxCall c) {
        var kernel = OnnxCall.ints(c.node().integers("kernel_shape"));
        var pads = pads(c.node(), kernel.length);
        for (var i = 0; i < kernel.length; i++) {
            if (2 * Math.max(pads[0][i], pads[1][i]) > kernel[i]) {
                return true;
            }
        }
        return false;
    }

    private static Tensor padded(OnnxCall c, Tensor x, float value) {
        var rank = x.shape().rank() - 2;
        var pads = pads(c.node(), rank);
        var margins = new long[2 * rank];
        for (var i = 0; i < rank; i++) {
            margins[2 * i] = pads[0][i];
            margins[2 * i + 1] = pads[1][i];
        }
        return x.padWith(value, margins);
    }

    private static Tensor average(OnnxCall c) {
        var countPadding = c.node().integer("count_include_pad", 0) != 0;
        var x = c.x(0);
        if (!isWide(c)) {
            return c.step().apply(new AvgPool(window(c), countPadding), x);
        }
        var y = padded(c, x, 0).avgPool(unpadded(c));
        return countPadding ? y : y.div(padded(c, c.full(x.shape(), 1), 0).avgPool(unpadded(c)));
    }

    private static Tensor lp(OnnxCall c) {
        var p = c.node().integer("p", 2);
        return isWide(c) ? padded(c, c.x(0), 0).lpPool(unpadded(c), p) : c.x(0).lpPool(window(c), p);
    }

    private static List<OnnxValue> max(OnnxCall c) {
        var x = c.x(0);
        if (isWide(c)) {
            return c.tensors(padded(c, x, Float.NEGATIVE_INFINITY).maxPool(unpadded(c)));
        }
        if (!c.wants(1)) {
            return c.tensors(x.maxPool(window(c)));
        }
        var both = c.step().applyAll(new MaxPool(window(c), true), x);
        return List.of(OnnxValue.of(both[0]), OnnxValue.of(places(c, x.shape(), both[1])));
    }

    /** ONNX counts through the whole tensor, and with storage order 1 the last axis of a plane is the outer one; Fovea within a plane. */
    private static OnnxTensor places(OnnxCall c, Shape x, Tensor indices) {
        var plane = x.slice(2, x.rank());
        var windows = indices.shape().slice(2, x.rank()).elements();
        var in = indices.toIntArray();
        var out = new double[in.length];
        var height = plane.rank() > 1 ? plane.dim(0) : 1;
        var width = plane.elements() / height;
        for (var i = 0; i < in.length; i++) {
            var place = c.node().integer("storage_order", 0) == 0 ? in[i] : in[i] % width * height + in[i] / width;
            out[i] = i / windows * plane.elements() + place;
        }
        return new OnnxTensor("", OnnxTensor.Type.INT64, indices.shape().toArray(), out);
    }

    /** Indices count through the whole tensor that was pooled; a larger result has zeros behind it. */
    private static Tensor unpool(OnnxCall c) {
        var x = c.x(0);
        var rank = x.shape().rank() - 2;
        var kernel = OnnxCall.ints(c.node().integers("kernel_shape"));
        var strides = extents(c.node(), "strides", rank, 1);
        var pads = pads(c.node(), rank);
        var size = new int[rank];
        Arrays.setAll(size, i -> (int) (x.shape().dim(i + 2) - 1) * strides[i] - pads[0][i] - pads[1][i] + kernel[i]);
        var plane = Extents.of(size).volume();
        var places = Arrays.stream(c.value(1).array().longs()).mapToInt(i -> (int) (i % plane)).toArray();
        var y = x.maxUnpool(c.step().ofInts(x.shape(), places), size);
        if (c.has(2)) {
            var wanted = c.value(2).array().longs();
            var margins = new long[2 * rank];
            for (var i = 0; i < rank; i++) {
                margins[2 * i + 1] = wanted[i + 2] - size[i];
            }
            y = y.pad(margins);
        }
        return y;
    }
}
