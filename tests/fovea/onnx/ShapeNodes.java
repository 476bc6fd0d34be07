package fovea.onnx;

import static fovea.onnx.ElementwiseNodes.one;

import fovea.ElementType;
import fovea.Shape;
import fovea.Tensor;
import fovea.onnx.OnnxGraph.Operator;
import fovea.op.Interpolation;
import fovea.op.OneHot;
import fovea.op.Pad;
import fovea.op.Reduce;
import fovea.op.Resize;
import fovea.op.Slice;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What ONNX has for shapes, places, sizes and sums over axes. */
final class ShapeNodes {
    private ShapeNodes() {
    }

    static void addTo(Map<String, Operator> all) {
        all.put("Identity", c -> List.of(c.value(0)));
        all.put("Constant", ShapeNodes::constant);
        all.put("ConstantOfShape", one(c -> c.full(Shape.of(c.integers(0, "")),
                c.node().has("value") ? (float) c.node().tensor("value").elements()[0] : 0)));
        all.put("Shape", ShapeNodes::shape);
        all.put("Reshape", one(ShapeNodes::reshape));
        all.put("Flatten", one(ShapeNodes::flatten));
        all.put("Squeeze", one(ShapeNodes::squeeze));
        all.put("Unsqueeze", one(ShapeNodes::unsqueeze));
        all.put("Transpose", one(ShapeNodes::transpose));
        all.put("Concat", one(ShapeNodes::concat));
        all.put("Split", ShapeNodes::split);
        all.put("Slice", one(ShapeNodes::slice));
        all.put("Gather", one(c -> c.value(0).tensor(c.step()).gather((int) c.node().integer("axis", 0), c.ids(1))));
        all.put("Pad", one(ShapeNodes::pad));
        all.put("Expand", one(ShapeNodes::expand));
        all.put("Tile", one(ShapeNodes::tile));
        all.put("Resize", one(ShapeNodes::resize));
        all.put("Upsample", one(ShapeNodes::resize));
        all.put("DepthToSpace", one(ShapeNodes::depthToSpace));
        all.put("SpaceToDepth", one(ShapeNodes::spaceToDepth));
        all.put("OneHot", one(ShapeNodes::oneHot));
        all.put("ArgMax", one(ShapeNodes::argMax));
        all.put("Hardmax", one(ShapeNodes::hardmax));
        all.put("ReduceSum", one(c -> reduce(c, Reduce.Kind.SUM, c.x(0))));
        all.put("ReduceMean", one(c -> reduce(c, Reduce.Kind.MEAN, c.x(0))));
        all.put("ReduceMax", one(c -> reduce(c, Reduce.Kind.MAX, c.x(0))));
        all.put("ReduceL2", one(c -> reduce(c, Reduce.Kind.NORM, c.x(0))));
        all.put("ReduceSumSquare", one(c -> reduce(c, Reduce.Kind.SUM, c.x(0).square())));
    }

    private static List<OnnxValue> constant(OnnxCall c) {
        return List
                .of(OnnxValue.of(c.node().has("value") ? c.node().tensor("value") : OnnxTensor.integers(c.node().integers("value_ints"))));
    }

    private static List<OnnxValue> shape(OnnxCall c) {
        var dims = c.value(0).dims();
        var from = within(c.node().integer("start", 0), dims.length);
        var to = within(c.node().integer("end", dims.length), dims.length);
        return List.of(OnnxValue.of(OnnxTensor.integers(Arrays.copyOfRange(dims, from, Math.max(from, to)))));
    }

    /** A place counted from the end where it is negative, moved to the nearest there is. */
    private static int within(long place, long n) {
        return (int) Math.clamp(place < 0 ? place + n : place, 0, n);
    }

    private static Tensor any(OnnxCall c) {
        return c.value(0).tensor(c.step());
    }

    private static Tensor reshape(OnnxCall c) {
        var x = any(c);
        var dims = c.integers(1, "shape");
        for (var i = 0; i < dims.length; i++) {
            dims[i] = dims[i] == 0 ? x.shape().dim(i) : dims[i];
        }
        return x.reshape(dims);
    }

    private static Tensor flatten(OnnxCall c) {
        var x = any(c);
        var axis = within(c.node().integer("axis", 1), x.shape().rank());
        return x.reshape(x.shape().slice(0, axis).elements(), -1);
    }

    private static Tensor squeeze(OnnxCall c) {
        var x = any(c);
        var rank = x.shape().rank();
        var axes = Arrays.stream(c.integers(1, "axes")).map(a -> a < 0 ? a + rank : a).sorted().toArray();
        for (var i = axes.length - 1; i >= 0; i--) {
            x = x.squeeze((int) axes[i]);
        }
        return x;
    }

    private static Tensor unsqueeze(OnnxCall c) {
        var x = any(c);
        var axes = c.integers(1, "axes");
        var rank = x.shape().rank() + axes.length;
        for (var axis : Arrays.stream(axes).map(a -> a < 0 ? a + rank : a).sorted().toArray()) {
            x = x.unsqueeze((int) axis);
        }
        return x;
    }

    private static Tensor transpose(OnnxCall c) {
        var rank = c.x(0).shape().rank();
        return any(c).permute(c.node().has("perm") ? OnnxCall.ints(c.node().integers("perm"))
                : IntStream.range(0, rank).map(i -> rank - 1 - i).toArray());
    }

    private static Tensor concat(OnnxCall c) {
        var all = new ArrayList<Tensor>();
        for (var i = 0; i < c.inputs(); i++) {
            if (c.has(i)) {
                all.add(c.x(i));
            }
        }
        var y = all.getFirst().concat((int) c.node().integer("axis", 1), all.subList(1, all.size()).toArray(new Tensor[0]));
        return c.value(0).isInteger() ? y.to(ElementType.I32) : y;
    }

    private static List<OnnxValue> split(OnnxCall c) {
        var axis = (int) c.node().integer("axis", 0);
        var sizes = c.integers(1, "split");
        if (sizes.length == 0) {
            var n = c.x(0).shape().dim(axis);
            var each = Math.ceilDiv(n, c.node().outputs().size());
            sizes = new long[c.node().outputs().size()];
            Arrays.setAll(sizes, i -> Math.min(each, n - i * each));
        }
        return c.tensors(any(c).split(axis, sizes));
    }

    private static Tensor slice(OnnxCall c) {
        var x = any(c);
        var starts = c.integers(1, "starts");
        var ends = c.integers(2, "ends");
        var axes = c.integers(3, "axes");
        var steps = c.integers(4, "steps");
        var ranges = new ArrayList<Slice.Range>();
        for (var i = 0; i < starts.length; i++) {
            var axis = axes.length > 0 ? (int) axes[i] : i;
            var by = steps.length > 0 ? steps[i] : 1;
            var n = x.shape().dim(axis);
            // Going backwards the end may lie before the first element.
            var first = by > 0 ? within(starts[i], n) : Math.clamp(starts[i] < 0 ? starts[i] + n : starts[i], 0, n - 1);
            var end = by > 0 ? within(ends[i], n) : Math.clamp(ends[i] < 0 ? ends[i] + n : ends[i], -1, n - 1);
            ranges.add(new Slice.Range(axis, first, Math.max(0, Math.ceilDiv(end - first, by)), by));
        }
        return c.step().apply(new Slice(ranges), x);
    }

    /** A negative margin crops. */
    private static Tensor pad(OnnxCall c) {
        var x = c.x(0);
        var margins = c.integers(1, "pads");
        var axes = c.has(3) ? c.value(3).array().longs() : IntStream.range(0, x.shape().rank()).asLongStream().toArray();
        var mode = switch (c.node().text("mode", "constant")) {
            case "constant" -> Pad.Mode.CONSTANT;
            case "reflect" -> Pad.Mode.REFLECT;
            case "edge" -> Pad.Mode.REPLICATE;
            case "wrap" -> Pad.Mode.CIRCULAR;
            default -> throw new IllegalArgumentException("ONNX: Pad mode " + c.node().text("mode", ""));
        };
        var more = new ArrayList<Pad.Margin>();
        for (var i = 0; i < axes.length; i++) {
            var axis = (int) axes[i];
            var before = margins[i];
            var behind = margins[axes.length + i];
            if (before < 0 || behind < 0) {
                x = x.slice(axis, Math.max(0, -before), x.shape().dim(axis) + Math.min(0, behind));
            }
            more.add(new Pad.Margin(axis, Math.max(0, before), Math.max(0, behind)));
        }
        return c.step().apply(new Pad(mode, more, c.has(2) ? c.number(2) : c.node().real("value", 0)), x);
    }

    private static Tensor expand(OnnxCall c) {
        var x = any(c);
        var wanted = c.integers(1, "");
        var rank = Math.max(wanted.length, x.shape().rank());
        var dims = new long[rank];
        for (var i = 1; i <= rank; i++) {
            dims[rank - i] = Math.max(i > wanted.length ? 1 : wanted[wanted.length - i], i > x.shape().rank() ? 1 : x.shape().dim(-i));
        }
        return x.expand(dims);
    }

    private static Tensor tile(OnnxCall c) {
        var x = c.x(0);
        var times = c.integers(1, "repeats");
        for (var axis = 0; axis < times.length; axis++) {
            var others = new Tensor[(int) times[axis] - 1];
            Arrays.fill(others, x);
            x = x.concat(axis, others);
        }
        return x;
    }

    private static Tensor resize(OnnxCall c) {
        var x = c.x(0);
        var node = c.node();
        var upsample = node.type().equals("Upsample");
        var scales = upsample ? c.value(1).array().elements() : c.has(2) ? c.value(2).array().elements() : new double[0];
        var sizes = c.has(3) ? c.value(3).array().longs() : new long[0];
        var all = IntStream.range(0, x.shape().rank()).asLongStream().toArray();
        var named = node.has("axes") ? node.integers("axes") : all;
        var grid = switch (upsample ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel")) {
            case "half_pixel" -> Resize.Grid.HALF_PIXEL;
            case "pytorch_half_pixel" -> Resize.Grid.HALF_PIXEL_FROM_START;
            case "half_pixel_symmetric" -> Resize.Grid.HALF_PIXEL_SYMMETRIC;
            case "align_corners" -> Resize.Grid.ALIGN_CORNERS;
            case "asymmetric" -> Resize.Grid.ASYMMETRIC;
            case "tf_crop_and_resize" -> Resize.Grid.CROP;
            default -> throw new IllegalArgumentException("ONNX: Resize with " + node.attributes());
        };
        var policy = node.text("keep_aspect_ratio_policy", "stretch");
        var least = IntStream.range(0, sizes.length).mapToDouble(i -> (double) sizes[i] / x.shape().dim((int) named[i])).min().orElse(1);
        var most = IntStream.range(0, sizes.length).mapToDouble(i -> (double) sizes[i] / x.shape().dim((int) named[i])).max().orElse(1);
        var axes = new ArrayList<Resize.Axis>();
        for (var i = 0; i < named.length; i++) {
            var axis = (int) named[i];
            var n = x.shape().dim(axis);
            var same = policy.equals("stretch") ? 0 : policy.equals("not_larger") ? least : most;
            var scale = scales.length > 0 ? scales[i] : same;
            var extent = scales.length > 0 ? (long) Math.floor(n * scale) : same > 0 ? Math.round(n * same) : sizes[i];
            var crop = grid == Resize.Grid.CROP;
            var from = crop ? (float) c.value(1).array().elements()[i] : 0;
            var to = crop ? (float) c.value(1).array().elements()[named.length + i] : 1;
            if (extent != n || scale != 0 && scale != 1 || crop) {
                axes.add(new Resize.Axis(axis, extent, scale, from, to));
            }
        }
        return c.step().apply(new Resize(interpolation(node), grid, axes, node.real("extrapolation_value", 0)), x);
    }

    private static Interpolation interpolation(OnnxNode node) {
        var antialias = node.integer("antialias", 0) != 0;
        var inside = node.integer("exclude_outside", 0) != 0;
        return switch (node.text("mode", "nearest")) {
            case "nearest" -> new Interpolation.Nearest(
                    switch (node.text("nearest_mode", node.type().equals("Upsample") ? "floor" : "round_prefer_floor")) {
                        case "round_prefer_floor" -> RoundingMode.HALF_DOWN;
                        case "round_prefer_ceil" -> RoundingMode.HALF_UP;
                        case "floor" -> RoundingMode.FLOOR;
                        default -> RoundingMode.CEILING;
                    });
            case "linear" -> new Interpolation.Linear(antialias, inside);
            default -> new Interpolation.Cubic(node.real("cubic_coeff_a", -0.75), antialias, inside);
        };
    }

    private static Tensor depthToSpace(OnnxCall c) {
        var r = (int) c.node().integer("blocksize", 1);
        var x = c.x(0);
        if (c.node().text("mode", "DCR").equals("CRD")) {
            return x.pixelShuffle(r);
        }
        var s = x.shape();
        var channels = s.dim(1) / r / r;
        return x.reshape(s.dim(0), r, r, channels, s.dim(2), s.dim(3)).permute(0, 3, 4, 1, 5, 2)
                .reshape(s.dim(0), channels, s.dim(2) * r, s.dim(3) * r);
    }

    private static Tensor spaceToDepth(OnnxCall c) {
        var r = c.node().integer("blocksize", 1);
        var s = c.x(0).shape();
        return c.x(0).reshape(s.dim(0), s.dim(1), s.dim(2) / r, r, s.dim(3) / r, r).permute(0, 3, 5, 1, 2, 4)
                .reshape(s.dim(0), s.dim(1) * r * r, s.dim(2) / r, s.dim(3) / r);
    }

    private static Tensor oneHot(OnnxCall c) {
        var values = c.value(2).array().elements();
        return c.step().apply(new OneHot((long) c.number(1), (int) c.node().integer("axis", -1), (float) values[1], (float) values[0]),
                c.ids(0));
    }

    /** The last of equal elements is the first in the mirrored axis. */
    private static Tensor argMax(OnnxCall c) {
        var axis = (int) c.node().integer("axis", 0);
        var op = Reduce.of(Reduce.Kind.ARG_MAX, axis);
        var x = c.x(0);
        var last = c.node().integer("select_last_index", 0) != 0;
        var y = (last ? x.flip(axis) : x).reduce(c.node().integer("keepdims", 1) != 0 ? op.keepingDims() : op);
        return last ? y.to(ElementType.F32).neg().add(x.shape().dim(axis) - 1).to(ElementType.I32) : y;
    }

    private static Tensor hardmax(OnnxCall c) {
        var axis = c.x(0).shape().axis((int) c.node().integer("axis", -1));
        return c.step().apply(new OneHot(c.x(0).shape().dim(axis), axis, 1, 0), c.x(0).argMax(axis));
    }

    private static Tensor reduce(OnnxCall c, Reduce.Kind kind, Tensor x) {
        var axes = OnnxCall.ints(c.integers(1, "axes"));
        if (axes.length == 0 && c.node().integer("noop_with_empty_axes", 0) != 0) {
            return x;
        }
        var op = Reduce.of(kind, axes);
        return x.reduce(c.node().integer("keepdims", 1) != 0 ? op.keepingDims() : op);
    }
}
