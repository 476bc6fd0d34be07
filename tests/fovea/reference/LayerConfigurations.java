package fovea.reference;

import static fovea.reference.Draw.shape;
import static fovea.reference.Draw.volume;

import fovea.op.Activation;
import fovea.op.AvgPool;
import fovea.op.BatchNorm;
import fovea.op.Conv;
import fovea.op.ConvMaxPool;
import fovea.op.ConvTranspose;
import fovea.op.Extents;
import fovea.op.GroupNorm;
import fovea.op.LocalResponseNormWithin;
import fovea.op.MatMul;
import fovea.op.MaxUnpool;
import fovea.op.Rounding;
import fovea.op.Softmax;
import fovea.op.Window;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;

/** Convolutions, products, pooling and normalisation. */
final class LayerConfigurations {
    private LayerConfigurations() {
    }

    static void addTo(Map<String, Function<Draw, Configuration>> all) {
        all.put("conv", LayerConfigurations::conv);
        all.put("convMaxPool", LayerConfigurations::convMaxPool);
        all.put("convTranspose", LayerConfigurations::convTranspose);
        all.put("linear", LayerConfigurations::linear);
        all.put("matmul", LayerConfigurations::matmul);
        all.put("maxPool", LayerConfigurations::maxPool);
        all.put("avgPool", LayerConfigurations::avgPool);
        all.put("sumPool", LayerConfigurations::sumPool);
        all.put("lpPool", LayerConfigurations::lpPool);
        all.put("adaptiveAvgPool", d -> adaptive(d, false));
        all.put("adaptiveMaxPool", d -> adaptive(d, true));
        all.put("maxUnpool", LayerConfigurations::maxUnpool);
        all.put("subSample", LayerConfigurations::subSample);
        all.put("batchNorm", LayerConfigurations::batchNorm);
        all.put("layerNorm", LayerConfigurations::layerNorm);
        all.put("groupNorm", LayerConfigurations::groupNorm);
        all.put("instanceNorm", LayerConfigurations::instanceNorm);
        all.put("localResponseNorm", LayerConfigurations::localResponseNorm);
        all.put("localResponseNormWithin", LayerConfigurations::localResponseNormWithin);
        all.put("softmax", d -> softmax(d, false));
        all.put("logSoftmax", d -> softmax(d, true));
    }

    /** Extents of an input that a window of this span fits into. */
    private static int[] room(Draw d, int[] kernel, int[] padding, int[] dilation) {
        var in = new int[kernel.length];
        Arrays.setAll(in, i -> Math.max(1, (kernel[i] - 1) * dilation[i] + 1 - 2 * padding[i] + d.from(0, kernel.length == 3 ? 2 : 5)));
        return in;
    }

    private static Configuration conv(Draw d) {
        var rank = d.from(1, 3);
        var groups = d.of(1, 1, 2, 3);
        var ic = groups * d.from(1, 3);
        var oc = groups * d.from(1, 3);
        var k = d.each(rank, 1, rank == 3 ? 2 : 4);
        var s = d.each(rank, 1, 3);
        var p = d.each(rank, 0, 2);
        var dilation = d.each(rank, 1, 2);
        var bias = d.chance();
        d.normal(shape(d.from(1, 3), ic, room(d, k, p, dilation))).normal(shape(oc, ic / groups, k));
        if (bias) {
            d.normal(oc);
        }
        var op = Conv.of(rank).stride(s).padding(p).dilation(dilation).groups(groups);
        return d.done("conv", volume(k) * ic / groups + 1, (_, x) -> x[0].conv(op, x[1], bias ? x[2] : null),
                "torch.conv%sd(a, b, %s, %s, %s, %s, %s)", rank, bias ? "c" : "None", s, p, dilation, groups);
    }

    private static Configuration convMaxPool(Draw d) {
        var ic = d.from(1, 4);
        var oc = d.from(1, 4);
        var padding = d.from(0, 1);
        var bias = d.chance();
        var relu = d.chance();
        var k = d.from(2, 3);
        d.normal(d.from(1, 3), ic, d.from(5, 9), d.from(5, 9)).normal(oc, ic, 3, 3);
        if (bias) {
            d.normal(oc);
        }
        var op = new ConvMaxPool(Conv.of(2).padding(padding).activation(relu ? Activation.RELU : Activation.NONE),
                Window.of(k, k).stride(2));
        return d.done("convMaxPool", 9 * ic + 1, (step, x) -> step.apply(op, x),
                "torch.max_pool2d(torch.%s(torch.conv2d(a, b, %s, 1, %s)), %s, 2)", relu ? "relu" : "clone", bias ? "c" : "None", padding,
                k);
    }

    private static Configuration convTranspose(Draw d) {
        var rank = d.from(1, 3);
        var groups = d.of(1, 1, 2);
        var ic = groups * d.from(1, 3);
        var oc = groups * d.from(1, 2);
        var k = d.each(rank, 1, rank == 3 ? 2 : 3);
        var s = d.each(rank, 1, 3);
        var dilation = d.each(rank, 1, 2);
        var p = new int[rank];
        var more = new int[rank];
        for (var i = 0; i < rank; i++) {
            p[i] = d.from(0, (k[i] - 1) * dilation[i] / 2);
            more[i] = d.from(0, Math.max(s[i], dilation[i]) - 1);
        }
        var bias = d.chance();
        d.normal(shape(d.from(1, 2), ic, d.each(rank, 1, rank == 3 ? 3 : 5))).normal(shape(ic, oc / groups, k));
        if (bias) {
            d.normal(oc);
        }
        var op = ConvTranspose.of(rank).stride(s).padding(p).dilation(dilation).outputPadding(more).groups(groups);
        return d.done("convTranspose", volume(k) * ic / groups + 1, (_, x) -> x[0].convTranspose(op, x[1], bias ? x[2] : null),
                "torch.conv_transpose%sd(a, b, %s, %s, %s, %s, %s, %s)", rank, bias ? "c" : "None", s, p, more, groups, dilation);
    }

    private static Configuration linear(Draw d) {
        var in = d.from(1, 20);
        var out = d.from(1, 12);
        if (d.chance()) {
            d.normal(d.from(1, 6), in);
        } else {
            d.normal(d.from(1, 3), d.from(1, 4), in);
        }
        d.normal(out, in);
        var bias = d.chance();
        if (bias) {
            d.normal(out);
        }
        return d.done("linear", in + 1, (_, x) -> x[0].linear(x[1], bias ? x[2] : null), "torch.linear(a, b, %s)", bias ? "c" : "None");
    }

    private static Configuration matmul(Draw d) {
        var m = d.from(1, 7);
        var k = d.from(1, 9);
        var n = d.from(1, 7);
        var left = d.chance();
        var right = d.chance();
        switch (d.from(0, 2)) {
            case 0 -> {
                d.normal(left ? new long[] {k, m} : new long[] {m, k}).normal(right ? new long[] {n, k} : new long[] {k, n});
            }
            case 1 -> {
                var batch = d.from(1, 3);
                d.normal(left ? new long[] {batch, k, m} : new long[] {batch, m, k})
                        .normal(right ? new long[] {n, k} : new long[] {k, n});
            }
            default -> {
                var batch = d.from(2, 3);
                d.normal(left ? new long[] {batch, 1, k, m} : new long[] {batch, 1, m, k})
                        .normal(right ? new long[] {1, 2, n, k} : new long[] {1, 2, k, n});
            }
        }
        return d.done("matmul", k, (step, x) -> step.apply(new MatMul(left, right), x[0], x[1]), "torch.matmul(%s, %s)",
                left ? "a.transpose(-1, -2)" : "a", right ? "b.transpose(-1, -2)" : "b");
    }

    /** A window and its input, whose padding is at most half a window. */
    private record Windowed(Window window, int rank, int[] k, int[] s, int[] p, int[] dilation, boolean ceil) {
        static Windowed draw(Draw d, boolean dilates) {
            var rank = d.from(1, 3);
            var k = d.each(rank, 1, 3);
            var s = d.each(rank, 1, 3);
            // Of a dilated window in padding, PyTorch may read nothing at all; ours refuses that.
            var dilation = dilates ? d.each(rank, 1, 2) : d.each(rank, 1, 1);
            var p = new int[rank];
            for (var i = 0; i < rank; i++) {
                p[i] = dilation[i] == 1 ? d.from(0, k[i] / 2) : 0;
            }
            var ceil = !dilates && d.chance();
            var window = Window.of(k).stride(s).padding(p).dilation(dilation).rounding(ceil ? Rounding.CEIL : Rounding.FLOOR);
            // PyTorch's 3-D average refuses inputs smaller than the window, padded or not.
            d.normal(shape(d.from(1, 2), d.from(1, 3), room(d, k, rank == 3 ? new int[rank] : p, dilation)));
            return new Windowed(window, rank, k, s, p, dilation, ceil);
        }

        /** Arguments of PyTorch's pooling in its order. */
        String arguments(boolean dilates) {
            return "%s, %s, %s, %s%s".formatted(Arrays.toString(k), Arrays.toString(s), Arrays.toString(p),
                    dilates ? Arrays.toString(dilation) + ", " : "", ceil ? "True" : "False");
        }
    }

    private static Configuration maxPool(Draw d) {
        var w = Windowed.draw(d, d.chance());
        return d.done("maxPool", 1, (_, x) -> x[0].maxPool(w.window), "torch.max_pool%sd(a, %s)", w.rank, w.arguments(true));
    }

    private static Configuration avgPool(Draw d) {
        var w = Windowed.draw(d, false);
        var count = d.chance();
        return d.done("avgPool", volume(w.k), (step, x) -> step.apply(new AvgPool(w.window, count), x[0]),
                "torch.avg_pool%sd(a, %s, %s)", w.rank, w.arguments(false), count);
    }

    private static Configuration sumPool(Draw d) {
        var k = d.each(2, 1, 3);
        var s = d.each(2, 1, 3);
        d.normal(shape(2, d.from(1, 3), room(d, k, new int[2], new int[] {1, 1})));
        return d.done("sumPool", volume(k), (_, x) -> x[0].sumPool(Window.of(k).stride(s)),
                "torch.avg_pool2d(a, %s, %s, [0, 0], False, True) * %s", k, s, (float) volume(k));
    }

    private static Configuration lpPool(Draw d) {
        var k = d.each(2, 1, 3);
        var s = d.each(2, 1, 3);
        var p = d.from(1, 3);
        d.normal(shape(2, d.from(1, 3), room(d, k, new int[2], new int[] {1, 1}))).factor(4);
        return d.done("lpPool", volume(k), (_, x) -> x[0].lpPool(Window.of(k).stride(s), p),
                "(torch.avg_pool2d(torch.abs(a) ** %s, %s, %s, [0, 0], False, True) * %s) ** (1.0 / %s)", p, k, s, (float) volume(k), p);
    }

    private static Configuration adaptive(Draw d, boolean max) {
        var rank = d.from(1, 3);
        var size = d.each(rank, 1, 4);
        d.normal(shape(d.from(1, 2), d.from(1, 3), d.each(rank, 1, rank == 3 ? 5 : 9)));
        return d.done(max ? "adaptiveMaxPool" : "adaptiveAvgPool", max ? 1 : 27,
                (_, x) -> max ? x[0].adaptiveMaxPool(size) : x[0].adaptiveAvgPool(size),
                max ? "torch.adaptive_max_pool%sd(a, %s)[0]" : "torch.adaptive_avg_pool%sd(a, %s)", rank, size);
    }

    private static Configuration maxUnpool(Draw d) {
        var n = d.from(1, 2);
        var c = d.from(1, 3);
        var h = 2 * d.from(1, 3);
        var w = 2 * d.from(1, 3);
        d.normal(n, c, h, w).normal(n, c, h / 2, w / 2);
        return d.done("maxUnpool", 1, (step, x) -> {
            var places = x[0].maxPoolWithIndices(Window.of(2, 2));
            return step.apply(new MaxUnpool(Extents.of(h, w)), x[1].add(places[0]), places[1]);
        }, "torch.max_unpool2d(b + torch.max_pool2d(a, [2, 2]), torch.max_pool2d_with_indices(a, [2, 2])[1], [%s, %s])", h, w);
    }

    private static Configuration subSample(Draw d) {
        var c = d.from(1, 4);
        var k = d.each(2, 1, 3);
        d.normal(shape(2, c, room(d, k, new int[2], new int[] {1, 1}))).normal(c).normal(c);
        return d.done("subSample", volume(k) + 1, (_, x) -> x[0].subSample(Window.of(k), x[1], x[2]),
                "torch.avg_pool2d(a, %s, %s, [0, 0], False, True) * %s * b.view(-1, 1, 1) + c.view(-1, 1, 1)", k, k, (float) volume(k));
    }

    private static Configuration batchNorm(Draw d) {
        var c = d.from(1, 5);
        var training = d.chance();
        var spatial = d.each(d.from(0, 3), 2, 3);
        var n = spatial.length == 0 ? d.from(2, 12) : d.from(1, 5);
        d.normal(shape(n, c, spatial)).normal(c).normal(c).factor(2);
        if (training) {
            var plane = (int) volume(spatial);
            d.normalised(c, i -> i / plane % c);
        }
        if (!training) {
            d.fixed(-1, 1, c).fixed(0.5, 2, c);
        }
        return d.done("batchNorm", 45, (step, x) -> training
                ? step.apply(BatchNorm.of(true).running(false), x[0], x[1], x[2]) : step.apply(BatchNorm.of(false), x),
                "torch.batch_norm(a, b, c, %s, %s, 0.1, 0.00001, False)", training ? "None, None" : "d, e", training);
    }

    private static Configuration layerNorm(Draw d) {
        var row = d.chance() ? new long[] {d.from(2, 20)} : new long[] {d.from(2, 4), d.from(1, 5)};
        var dims = new long[row.length + 1];
        dims[0] = d.from(1, 4);
        System.arraycopy(row, 0, dims, 1, row.length);
        var length = (int) Arrays.stream(row).reduce(1, (a, b) -> a * b);
        d.normal(dims).normal(row).normal(row).factor(2).normalised((int) dims[0], i -> i / length);
        return d.done("layerNorm", 20, (_, x) -> x[0].layerNorm(x[1], x[2]), "torch.layer_norm(a, %s, b, c, 0.00001)", row);
    }

    private static Configuration groupNorm(Draw d) {
        var groups = d.from(1, 3);
        var c = groups * d.from(1, 3);
        var n = d.from(1, 3);
        var spatial = d.chance() ? d.each(1, 2, 12) : d.each(2, 2, 4);
        var length = c / groups * (int) volume(spatial);
        d.normal(shape(n, c, spatial)).normal(c).normal(c).factor(2).normalised(n * groups, i -> i / length);
        return d.done("groupNorm", 48, (step, x) -> step.apply(GroupNorm.of(groups), x[0], x[1], x[2]),
                "torch.group_norm(a, %s, b, c, 0.00001)", groups);
    }

    private static Configuration instanceNorm(Draw d) {
        var n = d.from(1, 3);
        var c = d.from(1, 4);
        var spatial = d.each(d.from(1, 2), 2, 4);
        var length = (int) volume(spatial);
        d.normal(shape(n, c, spatial)).normal(c).normal(c).factor(2).normalised(n * c, i -> i / length);
        return d.done("instanceNorm", 16, (_, x) -> x[0].instanceNorm(x[1], x[2]),
                "torch.instance_norm(a, b, c, None, None, True, 0.0, 0.00001, False)");
    }

    private static Configuration localResponseNorm(Draw d) {
        var size = d.from(1, 5);
        var alpha = d.real(0.1, 2);
        var beta = d.real(0.3, 1.2);
        var k = d.real(0.5, 2);
        d.normal(d.from(1, 2), d.from(1, 7), 2, 3).factor(4);
        return d.done("localResponseNorm", size, (_, x) -> x[0].localResponseNorm(size, alpha, beta, k),
                "a / (torch.avg_pool3d(torch.pad((a * a).unsqueeze(1), [0, 0, 0, 0, %s, %s]), [%s, 1, 1], [1, 1, 1], [0, 0, 0]).squeeze(1)"
                        + " * %s + %s) ** %s",
                size / 2, (size - 1) / 2, size, alpha, k, beta);
    }

    private static Configuration localResponseNormWithin(Draw d) {
        var size = 2 * d.from(0, 2) + 1;
        var alpha = d.real(0.1, 2);
        var beta = d.real(0.3, 1.2);
        d.normal(d.from(1, 2), d.from(1, 3), d.from(1, 6), d.from(1, 6)).factor(4);
        return d.done("localResponseNormWithin", size * size, (step, x) -> step.apply(new LocalResponseNormWithin(size, alpha, beta, 1),
                x[0]), "a / (torch.avg_pool2d(a * a, [%s, %s], [1, 1], [%s, %s], False, True) * %s + 1.0) ** %s", size, size, size / 2,
                size / 2, alpha, beta);
    }

    private static Configuration softmax(Draw d, boolean logarithm) {
        d.normal(d.from(1, 4), d.from(1, 7), d.from(1, 5));
        var axis = d.from(-3, 2);
        return d.done(logarithm ? "logSoftmax" : "softmax", 7, (step, x) -> step.apply(new Softmax(axis, logarithm), x[0]),
                logarithm ? "torch.log_softmax(a, %s)" : "torch.softmax(a, %s)", axis);
    }
}
