package fovea.explain;

import fovea.Gradients;
import fovea.Mode;
import fovea.Shape;
import fovea.nn.Model;
import java.util.ArrayList;
import java.util.SplittableRandom;

/**
 * Which elements of an input speak for one output of a classifier. All methods take one sample, row-major in the model's input shape, and
 * look at the network as it evaluates.
 *
 * <pre>{@code
 * var map = Saliency.gradient(model, pixels, 7);             // as many elements as the image: what would make it more of a 7
 * var sum = Saliency.integrated(model, pixels, black, 7, 64);   // adds up to score(pixels) - score(black)
 * }</pre>
 */
public final class Saliency {
    private Saliency() {
    }

    /** The gradient of an output towards every element of the input (Simonyan, Vedaldi and Zisserman 2013). */
    public static float[] gradient(Model model, float[] sample, int output) {
        checkSample(model, sample);
        checkOutput(model, output);
        try (var step = model.session().step(Mode.EVAL)) {
            var x = step.of(Shape.of(1).concat(model.inputShape()), sample).track();
            var y = model.forward(x);
            var seed = new float[Math.toIntExact(y.shape().elements())];
            seed[output] = 1;
            step.backward(y, Gradients.REPLACE, seed);
            return x.grad();
        }
    }

    /** The mean gradient around the sample: normally distributed noise of this deviation on top (SmoothGrad, Smilkov et al. 2017). */
    public static float[] smooth(Model model, float[] sample, int output, int draws, double deviation, long seed) {
        var random = new SplittableRandom(seed);
        return mean(draws, _ -> {
            var noisy = sample.clone();
            for (var i = 0; i < noisy.length; i++) {
                noisy[i] += (float) (deviation * random.nextGaussian());
            }
            return gradient(model, noisy, output);
        });
    }

    /**
     * What every element adds on the straight way from a baseline to the sample (integrated gradients, Sundararajan, Taly and Yan 2017).
     * With many points it adds up to the difference of the two outputs.
     */
    public static float[] integrated(Model model, float[] sample, float[] baseline, int output, int points) {
        checkSample(model, baseline);
        var mean = mean(points, p -> {
            var between = new float[sample.length];
            var t = (p + 0.5f) / points;
            for (var i = 0; i < between.length; i++) {
                between[i] = baseline[i] + t * (sample[i] - baseline[i]);
            }
            return gradient(model, between, output);
        });
        for (var i = 0; i < mean.length; i++) {
            mean[i] *= sample[i] - baseline[i];
        }
        return mean;
    }

    /** The gradient where what would lower a unit behind a ReLU is left out on the way (Springenberg et al. 2014): sharper, less faithful. */
    public static float[] guided(Model model, float[] sample, int output) {
        var hooks = new ArrayList<Model.Hook>();
        for (var row : model.summary().rows()) {
            if (row.layer().equals("relu")) {
                hooks.add(model.onGradient(row.path(), (_, gradient) -> {
                    for (var i = 0; i < gradient.length; i++) {
                        gradient[i] = Math.max(gradient[i], 0);
                    }
                    return gradient;
                }));
            }
        }
        if (hooks.isEmpty()) {
            throw new IllegalArgumentException("guided: the model has no relu layer; use gradient(...)");
        }
        try {
            return gradient(model, sample, output);
        } finally {
            hooks.forEach(Model.Hook::close);
        }
    }

    /** A map of importance, row-major. */
    public record Heat(float[] values, int height, int width) {
        /** Linear in between, to the size of the image. */
        public Heat resized(int toHeight, int toWidth) {
            var out = new float[toHeight * toWidth];
            for (var y = 0; y < toHeight; y++) {
                for (var x = 0; x < toWidth; x++) {
                    out[y * toWidth + x] = at((y + 0.5) * height / toHeight - 0.5, (x + 0.5) * width / toWidth - 0.5);
                }
            }
            return new Heat(out, toHeight, toWidth);
        }

        private float at(double y, double x) {
            y = Math.clamp(y, 0, height - 1);
            x = Math.clamp(x, 0, width - 1);
            var top = (int) y;
            var left = (int) x;
            var bottom = Math.min(top + 1, height - 1);
            var right = Math.min(left + 1, width - 1);
            var down = y - top;
            var over = x - left;
            return (float) ((1 - down) * ((1 - over) * values[top * width + left] + over * values[top * width + right])
                    + down * ((1 - over) * values[bottom * width + left] + over * values[bottom * width + right]));
        }
    }

    /**
     * Where a layer sees what speaks for the output (Grad-CAM, Selvaraju et al. 2017): its channels, each weighted with the mean of its
     * gradient, summed, and cut off below 0. Take the last layer that still has places, {@code [c, h, w]}.
     */
    public static Heat gradCam(Model model, float[] sample, int output, String path) {
        var seen = new float[1][];
        var felt = new float[1][];
        var shape = new Shape[1];
        float[] activation;
        try (var _ = model.onActivation(path, (_, y) -> {
            seen[0] = y.toArray();
            shape[0] = y.shape();
            return y;
        }); var _ = model.onGradient(path, (_, gradient) -> felt[0] = gradient)) {
            gradient(model, sample, output);
            activation = seen[0];
        }
        if (shape[0].rank() != 4) {
            throw new IllegalArgumentException("gradCam: layer %s gives %s a sample; one with places, [c, h, w], is expected".formatted(
                    path, shape[0].slice(1, shape[0].rank())));
        }
        var channels = (int) shape[0].dim(1);
        var plane = activation.length / channels;
        var map = new float[plane];
        for (var c = 0; c < channels; c++) {
            var weight = 0.0;
            for (var i = 0; i < plane; i++) {
                weight += felt[0][c * plane + i] / plane;
            }
            for (var i = 0; i < plane; i++) {
                map[i] += (float) weight * activation[c * plane + i];
            }
        }
        for (var i = 0; i < plane; i++) {
            map[i] = Math.max(map[i], 0);
        }
        return new Heat(map, (int) shape[0].dim(2), (int) shape[0].dim(3));
    }

    private interface Draw {
        float[] at(int i);
    }

    private static float[] mean(int count, Draw draw) {
        if (count < 1) {
            throw new IllegalArgumentException("saliency: the mean of %d gradients; give at least 1".formatted(count));
        }
        float[] mean = null;
        for (var i = 0; i < count; i++) {
            var one = draw.at(i);
            mean = mean == null ? new float[one.length] : mean;
            for (var k = 0; k < one.length; k++) {
                mean[k] += one[k] / count;
            }
        }
        return mean;
    }

    static void checkSample(Model model, float[] sample) {
        if (sample.length != model.inputShape().elements()) {
            throw new IllegalArgumentException("a sample of %d elements for a model that takes %s, %d elements".formatted(
                    sample.length, model.inputShape(), model.inputShape().elements()));
        }
    }

    static void checkOutput(Model model, int output) {
        if (output < 0 || output >= model.outputShape().elements()) {
            throw new IllegalArgumentException("output %d of a model that gives %s; there are 0 to %d".formatted(
                    output, model.outputShape(), model.outputShape().elements() - 1));
        }
    }
}
