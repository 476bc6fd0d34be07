package fovea.explain;

import fovea.Mode;
import fovea.Shape;
import fovea.Tensor;
import fovea.nn.Model;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Climbs the gradient of an input: what input does a unit like best (activation maximization, Erhan et al. 2009), and what does a layer
 * see in an image (DeepDream, Mordvintsev, Olah and Tyka 2015). Gradients are divided by their mean size, so that a rate means the same
 * everywhere.
 *
 * <pre>{@code
 * var seven = Dream.options().maximize(model, noise, Dream.output(7));
 * var dreamt = Dream.options().steps(20).jitter(2).maximize(model, photo, Dream.energy("features.8"));
 * }</pre>
 *
 * @param steps along the gradient
 * @param rate of each, as a share of the range from low to high that an average element moves
 * @param decay share of every element that is lost in each step, towards 0
 * @param blur every so many steps neighbours are mixed a little, which takes away what only networks see; 0 for never
 * @param jitter the image is moved by up to so many pixels, anew in each step, as what is real does not depend on that
 * @param low elements stay at least this
 * @param high elements stay at most this
 * @param seed of the jitter
 */
public record Dream(int steps, double rate, double decay, int blur, int jitter, float low, float high, long seed) {
    public Dream {
        if (steps < 1 || !(rate > 0) || !(decay >= 0 && decay < 1) || blur < 0 || jitter < 0 || !(low < high)) {
            throw new IllegalArgumentException(("dream: %d steps, rate %s, decay %s, blur %d, jitter %d, from %s to %s; give at least one"
                    + " step, a positive rate, a decay from 0 to below 1, and low below high").formatted(steps, rate, decay, blur, jitter,
                            low, high));
        }
    }

    /** 64 steps of 0.02 without decay, a blur every 4 of them, one pixel of jitter, from 0 to 1. */
    public static Dream options() {
        return new Dream(64, 0.02, 0, 4, 1, 0, 1, 0);
    }

    public Dream steps(int n) {
        return new Dream(n, rate, decay, blur, jitter, low, high, seed);
    }

    public Dream rate(double share) {
        return new Dream(steps, share, decay, blur, jitter, low, high, seed);
    }

    public Dream decay(double share) {
        return new Dream(steps, rate, share, blur, jitter, low, high, seed);
    }

    public Dream blur(int every) {
        return new Dream(steps, rate, decay, every, jitter, low, high, seed);
    }

    public Dream jitter(int pixels) {
        return new Dream(steps, rate, decay, blur, pixels, low, high, seed);
    }

    public Dream range(float least, float most) {
        return new Dream(steps, rate, decay, blur, jitter, least, most, seed);
    }

    public Dream seed(long start) {
        return new Dream(steps, rate, decay, blur, jitter, low, high, start);
    }

    /**
     * What is made large: something of one element that is computed from what a layer gives.
     *
     * @param path the layer; empty for the model's output
     */
    public record Goal(String path, UnaryOperator<Tensor> value) {
    }

    /** One output of the model, in the usual case the score of a class. */
    public static Goal output(int unit) {
        return new Goal("", y -> y.reshape(y.shape().elements()).slice(0, unit, unit + 1).sum());
    }

    /** The mean of one channel of a layer. */
    public static Goal channel(String path, int channel) {
        return new Goal(path, y -> y.slice(1, channel, channel + 1).mean());
    }

    /** The mean square of all that a layer gives: more of whatever it sees. */
    public static Goal energy(String path) {
        return new Goal(path, y -> y.square().mean());
    }

    /** From a start, one sample in the model's input shape, to what pleases the goal. */
    public float[] maximize(Model model, float[] start, Goal goal) {
        Saliency.checkSample(model, start);
        var x = start.clone();
        var random = new SplittableRandom(seed);
        var shape = model.inputShape();
        var spatial = shape.rank() >= 3;
        for (var i = 0; i < steps; i++) {
            var dy = spatial && jitter > 0 ? random.nextInt(-jitter, jitter + 1) : 0;
            var dx = spatial && jitter > 0 ? random.nextInt(-jitter, jitter + 1) : 0;
            var moved = rolled(x, shape, dy, dx);
            var gradient = rolled(gradient(model, moved, goal), shape, -dy, -dx);
            var size = 0.0;
            for (var g : gradient) {
                size += Math.abs(g) / gradient.length;
            }
            for (var k = 0; k < x.length && size > 0; k++) {
                x[k] = (float) ((1 - decay) * x[k] + rate * (high - low) * gradient[k] / size);
            }
            if (spatial && blur > 0 && i % blur == blur - 1) {
                x = blurred(x, shape);
            }
            for (var k = 0; k < x.length; k++) {
                x[k] = Math.clamp(x[k], low, high);
            }
        }
        return x;
    }

    /** The gradient of a goal towards every element of a sample. */
    public static float[] gradient(Model model, float[] sample, Goal goal) {
        var found = new Tensor[1];
        try (var step = model.session().step(Mode.EVAL);
                var _ = goal.path.isEmpty() ? (Model.Hook) () -> {
                } : model.onActivation(goal.path, (_, y) -> {
                    found[0] = goal.value.apply(y);
                    return y;
                })) {
            var x = step.of(Shape.of(1).concat(model.inputShape()), sample).track();
            var y = model.forward(x);
            step.backward(goal.path.isEmpty() ? goal.value.apply(y) : found[0]);
            return x.grad();
        }
    }

    /** The last two axes moved around. */
    private static float[] rolled(float[] x, Shape shape, int dy, int dx) {
        if (dy == 0 && dx == 0) {
            return x;
        }
        var h = (int) shape.dim(-2);
        var w = (int) shape.dim(-1);
        var y = new float[x.length];
        for (var i = 0; i < x.length; i++) {
            var row = Math.floorMod(i / w % h + dy, h);
            y[i / (h * w) * h * w + row * w + Math.floorMod(i % w + dx, w)] = x[i];
        }
        return y;
    }

    /** Each element half itself, a quarter each of its neighbours, down and across; what lies outside counts as the border. */
    private static float[] blurred(float[] x, Shape shape) {
        var h = (int) shape.dim(-2);
        var w = (int) shape.dim(-1);
        var y = Arrays.copyOf(x, x.length);
        for (var pass = 0; pass < 2; pass++) {
            var from = y.clone();
            for (var i = 0; i < x.length; i++) {
                var at = pass == 0 ? i % w : i / w % h;
                var far = pass == 0 ? w : h;
                var stride = pass == 0 ? 1 : w;
                y[i] = 0.5f * from[i] + 0.25f * (from[at > 0 ? i - stride : i] + from[at < far - 1 ? i + stride : i]);
            }
        }
        return y;
    }

    /**
     * DeepDream over octaves: dreams in a small version of the image first and adds what was dreamt to the next larger one. The network
     * must take images of any size from {@code size / 1.4^octaves} on, so build one without dense layers.
     *
     * @param model builds a model for images of a size, [channels, height, width]; all must have the same weights
     */
    public float[] octaves(Function<Shape, Model> model, float[] image, Shape shape, int octaves, Goal goal) {
        var detail = new float[0];
        var before = shape;
        var result = image;
        for (var o = octaves - 1; o >= 0; o--) {
            var factor = Math.pow(1.4, -o);
            var size = Shape.of(shape.dim(0), Math.round(shape.dim(1) * factor), Math.round(shape.dim(2) * factor));
            var small = resized(image, shape, size);
            var begin = small.clone();
            if (detail.length > 0) {
                var larger = resized(detail, before, size);
                for (var i = 0; i < begin.length; i++) {
                    begin[i] = Math.clamp(begin[i] + larger[i], low, high);
                }
            }
            result = maximize(model.apply(size), begin, goal);
            detail = new float[result.length];
            for (var i = 0; i < detail.length; i++) {
                detail[i] = result[i] - small[i];
            }
            before = size;
        }
        return result;
    }

    private static float[] resized(float[] x, Shape from, Shape to) {
        var planes = (int) from.dim(0);
        var a = (int) (from.elements() / planes);
        var b = (int) (to.elements() / planes);
        var y = new float[planes * b];
        for (var c = 0; c < planes; c++) {
            var plane = new Saliency.Heat(Arrays.copyOfRange(x, c * a, (c + 1) * a), (int) from.dim(1), (int) from.dim(2));
            System.arraycopy(plane.resized((int) to.dim(1), (int) to.dim(2)).values(), 0, y, c * b, b);
        }
        return y;
    }
}
