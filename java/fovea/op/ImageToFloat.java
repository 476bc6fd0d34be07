package fovea.op;

import fovea.ElementType;
import java.util.List;

/**
 * U8 images as a network wants them: {@code (x / 255 - mean) / std} of each channel, F32 [n, c, h, w], from [n, c, h, w] or, where the
 * channels come last, from [n, h, w, c].
 *
 * <pre>{@code
 * var rgb = new ImageToFloat(true, List.of(0.485f, 0.456f, 0.406f), List.of(0.229f, 0.224f, 0.225f));
 * }</pre>
 */
public record ImageToFloat(boolean channelsLast, List<Float> mean, List<Float> std) implements Op {
    public ImageToFloat {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        Checks.require(mean.size() == std.size() && !mean.isEmpty(),
                "imageToFloat: %d means and %d deviations; give one of each per channel",
                mean.size(), std.size());
        for (var s : std) {
            Checks.require(s > 0 && Float.isFinite(s), "imageToFloat: deviations are %s; they must be positive", std);
        }
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("imageToFloat", inputs, 1);
        var x = inputs.getFirst();
        var shape = x.shape();
        Checks.require(x.type() == ElementType.U8 && shape.rank() == 4, "imageToFloat: x is %s; it must be U8 with four axes", x);
        var c = shape.dim(channelsLast ? 3 : 1);
        Checks.require(c == mean.size(), "imageToFloat: %s has %d channels%s, but %d means are given", shape, c,
                channelsLast ? " (the last axis)" : "", mean.size());
        return List.of(Spec.f32(channelsLast ? shape.slice(0, 1).concat(shape.slice(3, 4)).concat(shape.slice(1, 3)) : shape));
    }
}
