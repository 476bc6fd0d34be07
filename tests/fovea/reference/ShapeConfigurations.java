package fovea.reference;

import fovea.op.Interpolation;
import fovea.op.OneHot;
import fovea.op.Pad;
import fovea.op.Resize;
import fovea.op.Slice;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** What moves elements: shapes, places, sizes. Squares at the end, so that no two gradients are alike. */
final class ShapeConfigurations {
    private ShapeConfigurations() {
    }

    static void addTo(Map<String, Function<Draw, Configuration>> all) {
        all.put("reshape", ShapeConfigurations::reshape);
        all.put("permute", ShapeConfigurations::permute);
        all.put("concat", ShapeConfigurations::concat);
        all.put("split", ShapeConfigurations::split);
        all.put("slice", ShapeConfigurations::slice);
        all.put("flip", ShapeConfigurations::flip);
        all.put("gather", ShapeConfigurations::gather);
        all.put("gatherElements", ShapeConfigurations::gatherElements);
        all.put("oneHot", ShapeConfigurations::oneHot);
        all.put("pad", ShapeConfigurations::pad);
        all.put("roll", ShapeConfigurations::roll);
        all.put("expand", ShapeConfigurations::expand);
        all.put("pixelShuffle", ShapeConfigurations::pixelShuffle);
        all.put("pixelUnshuffle", ShapeConfigurations::pixelUnshuffle);
        all.put("resizeNearest", d -> resize(d, Interpolation.NEAREST, Resize.Grid.ASYMMETRIC, "torch.upsample_nearest2d(a, %s, None)"));
        all.put("resizeLinear", d -> resize(d, Interpolation.LINEAR, Resize.Grid.HALF_PIXEL,
                "torch.upsample_bilinear2d(a, %s, False, None)"));
        all.put("resizeAlignCorners", d -> resize(d, Interpolation.LINEAR, Resize.Grid.ALIGN_CORNERS,
                "torch.upsample_bilinear2d(a, %s, True, None)"));
        all.put("resizeCubic", d -> resize(d, Interpolation.CUBIC, Resize.Grid.HALF_PIXEL,
                "torch.upsample_bicubic2d(a, %s, False, None)"));
        all.put("resizeAntialias", d -> resize(d, new Interpolation.Linear(true, true), Resize.Grid.HALF_PIXEL,
                "torch._upsample_bilinear2d_aa(a, %s, False, None)"));
    }

    private static long[] dims(Draw d, int rank) {
        return IntStream.of(d.each(rank, 1, 5)).asLongStream().toArray();
    }

    private static Configuration reshape(Draw d) {
        var n = d.from(1, 3);
        var c = d.from(1, 4);
        d.normal(n, c, 2, 3);
        return d.done("reshape", 1, (_, x) -> x[0].reshape(3, n, -1).square(), "a.reshape([3, %s, -1]) ** 2", n);
    }

    private static Configuration permute(Draw d) {
        var rank = d.from(2, 5);
        var axes = IntStream.range(0, rank).toArray();
        for (var i = rank - 1; i > 0; i--) {
            var j = d.from(0, i);
            var t = axes[i];
            axes[i] = axes[j];
            axes[j] = t;
        }
        d.normal(dims(d, rank));
        return d.done("permute", 1, (_, x) -> x[0].permute(axes).square(), "a.permute(%s) ** 2", axes);
    }

    private static Configuration concat(Draw d) {
        var axis = d.from(0, 2);
        var dims = dims(d, 3);
        for (var i = 0; i < 3; i++) {
            dims[axis] = d.from(1, 4);
            d.normal(dims);
        }
        return d.done("concat", 1, (_, x) -> x[0].concat(axis, x[1], x[2]).square(), "torch.cat([a, b, c], %s) ** 2", axis);
    }

    private static Configuration split(Draw d) {
        var axis = d.from(0, 2);
        var dims = dims(d, 3);
        var sizes = new long[] {d.from(1, 3), d.from(1, 3), d.from(1, 3)};
        dims[axis] = Arrays.stream(sizes).sum();
        d.normal(dims);
        return d.done("split", 3, (_, x) -> {
            var parts = x[0].split(axis, sizes);
            return parts[0].sum().add(parts[1].square().sum()).add(parts[2].exp().sum());
        }, "torch.split_with_sizes(a, %1$s, %2$s)[0].sum() + (torch.split_with_sizes(a, %1$s, %2$s)[1] ** 2).sum()"
                + " + torch.exp(torch.split_with_sizes(a, %1$s, %2$s)[2]).sum()", sizes, axis);
    }

    private static Configuration slice(Draw d) {
        var axis = d.from(0, 2);
        var dims = dims(d, 3);
        dims[axis] = d.from(4, 9);
        var start = d.from(0, 2);
        var by = d.from(1, 3);
        var end = d.from(start + 1, (int) dims[axis]);
        d.normal(dims);
        var count = (end - start + by - 1) / by;
        return d.done("slice", 1, (step, x) -> step.apply(new Slice(new Slice.Range(axis, start, count, by)), x[0]).square(),
                "torch.slice(a, %s, %s, %s, %s) ** 2", axis, start, end, by);
    }

    private static Configuration flip(Draw d) {
        var axes = d.of(new int[] {0}, new int[] {1, 2}, new int[] {0, 2}, new int[] {-1});
        d.normal(dims(d, 3));
        return d.done("flip", 1, (_, x) -> x[0].flip(axes).square(), "torch.flip(a, %s) ** 2", axes);
    }

    private static Configuration gather(Draw d) {
        var axis = d.from(0, 2);
        var dims = dims(d, 3);
        d.normal(dims).ids((int) dims[axis], d.from(1, 6));
        return d.done("gather", 6, (_, x) -> x[0].gather(axis, x[1]).square(), "torch.index_select(a, %s, b) ** 2", axis);
    }

    private static Configuration gatherElements(Draw d) {
        var axis = d.from(0, 2);
        var dims = dims(d, 3);
        var index = dims.clone();
        index[axis] = d.from(1, 6);
        d.normal(dims).ids((int) dims[axis], index);
        return d.done("gatherElements", 6, (_, x) -> x[0].gatherElements(axis, x[1]).square(), "torch.gather(a, %s, b) ** 2", axis);
    }

    private static Configuration oneHot(Draw d) {
        var classes = d.from(1, 6);
        d.ids(classes, d.from(1, 4), d.from(1, 3));
        return d.done("oneHot", 1, (step, x) -> step.apply(new OneHot(classes), x[0]), "torch.one_hot(a, %s)", classes);
    }

    private static Configuration pad(Draw d) {
        var mode = d.of(Pad.Mode.values());
        var h = d.from(3, 5);
        var w = d.from(3, 5);
        var m = d.each(4, 0, 2);
        d.normal(d.from(1, 2), d.from(1, 3), h, w);
        var value = mode == Pad.Mode.CONSTANT ? d.real(-1, 1) : 0;
        return d.done("pad", 9, (_, x) -> (mode == Pad.Mode.CONSTANT ? x[0].padWith(value, m[0], m[1], m[2], m[3])
                : x[0].pad(mode, m[0], m[1], m[2], m[3])).square(), "torch.pad(a, [%s, %s, %s, %s], \"%s\", %s) ** 2", m[2], m[3], m[0],
                m[1],
                mode.name().toLowerCase(), mode == Pad.Mode.CONSTANT ? value : "None");
    }

    private static Configuration roll(Draw d) {
        var axis = d.from(0, 2);
        var places = d.from(-4, 4);
        d.normal(dims(d, 3));
        return d.done("roll", 1, (_, x) -> x[0].roll(axis, places).square(), "torch.roll(a, [%s], [%s]) ** 2", places, axis);
    }

    private static Configuration expand(Draw d) {
        var dims = dims(d, 3);
        var wanted = dims.clone();
        dims[d.from(0, 2)] = 1;
        var full = new long[] {d.from(1, 3), wanted[0], wanted[1], wanted[2]};
        d.normal(dims).normal(full);
        return d.done("expand", 60, (_, x) -> x[0].expand(full).mul(x[1]), "a.expand(%s) * b", full);
    }

    private static Configuration pixelShuffle(Draw d) {
        var r = d.from(1, 3);
        d.normal(d.from(1, 2), (long) d.from(1, 2) * r * r, d.from(1, 3), d.from(1, 3));
        return d.done("pixelShuffle", 1, (_, x) -> x[0].pixelShuffle(r).square(), "torch.pixel_shuffle(a, %s) ** 2", r);
    }

    private static Configuration pixelUnshuffle(Draw d) {
        var r = d.from(1, 3);
        d.normal(d.from(1, 2), d.from(1, 2), (long) r * d.from(1, 3), (long) r * d.from(1, 3));
        return d.done("pixelUnshuffle", 1, (_, x) -> x[0].pixelUnshuffle(r).square(), "torch.pixel_unshuffle(a, %s) ** 2", r);
    }

    private static Configuration resize(Draw d, Interpolation interpolation, Resize.Grid grid, String torch) {
        var size = d.each(2, 2, 9);
        var in = d.each(2, 2, 7);
        var axes = List.of(new Resize.Axis(2, size[0]), new Resize.Axis(3, size[1]));
        d.normal(d.from(1, 2), d.from(1, 3), in[0], in[1]).factor(2);
        return d.done("resize", 64, (step, x) -> step.apply(new Resize(interpolation, grid, axes), x[0]).square(), "(" + torch
                + ") ** 2", size);
    }
}
