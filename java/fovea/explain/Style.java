package fovea.explain;

import fovea.Mode;
import fovea.Shape;
import fovea.Tensor;
import fovea.nn.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Style as what features occur together, wherever they are (Gatys, Ecker and Bethge 2015): an image is changed until it has the Gram
 * matrices of one image, its style, and the features of another, its content.
 *
 * <pre>{@code
 * var painted = new Style(List.of("0", "3", "6"), "6", 1e4, 1, 0.1).transfer(model, photo, painting, 200, 0.02);
 * }</pre>
 *
 * @param layers whose Gram matrices are the style
 * @param contentLayer whose features are the content
 * @param styleWeight of the mean squared difference of Gram matrices
 * @param contentWeight of the mean squared difference of features
 * @param smoothness weight of the mean squared difference of neighbouring pixels: takes away noise that no feature sees
 */
public record Style(List<String> layers, String contentLayer, double styleWeight, double contentWeight, double smoothness) {
    public Style {
        layers = List.copyOf(layers);
        if (layers.isEmpty() || !(styleWeight >= 0) || !(contentWeight >= 0) || !(smoothness >= 0)) {
            throw new IllegalArgumentException(
                    "style: layers %s with weight %s, content with weight %s, smoothness %s; give a layer and no negative weight".formatted(
                            layers, styleWeight, contentWeight, smoothness));
        }
    }

    /** Features {@code [n, c, ...]}: how strongly each two channels occur together, {@code [n, c, c]}, as a mean over places. */
    public static Tensor gram(Tensor features) {
        var shape = features.shape();
        if (shape.rank() < 3) {
            throw new IllegalArgumentException("gram: features are %s; they must have places, [n, c, ...]".formatted(shape));
        }
        var places = shape.elements() / shape.dim(0) / shape.dim(1);
        var rows = features.reshape(shape.dim(0), shape.dim(1), places);
        return rows.matmul(rows, false, true).div(places);
    }

    /** What an image is compared by: the Gram matrix of each style layer, and the features of the content layer. */
    private record Targets(Map<String, float[]> grams, float[] content) {
    }

    /** From the content image to one in this style: so many steps of Adam on its elements, which stay between 0 and 1. */
    public float[] transfer(Model model, float[] content, float[] style, int steps, double rate) {
        Saliency.checkSample(model, content);
        Saliency.checkSample(model, style);
        var targets = new Targets(targets(model, style).grams, targets(model, content).content);
        var x = content.clone();
        var first = new double[x.length];
        var second = new double[x.length];
        for (var t = 1; t <= steps; t++) {
            var gradient = gradient(model, x, targets);
            smoothen(x, model.inputShape(), gradient);
            for (var i = 0; i < x.length; i++) {
                first[i] = 0.9 * first[i] + 0.1 * gradient[i];
                second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
                var move = first[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(second[i] / (1 - Math.pow(0.999, t))) + 1e-8);
                x[i] = (float) Math.clamp(x[i] - rate * move, 0, 1);
            }
        }
        return x;
    }

    /** Adds the gradient of the differences of neighbours, to the right and below. */
    void smoothen(float[] x, Shape shape, float[] gradient) {
        var w = (int) shape.dim(-1);
        var h = (int) shape.dim(-2);
        var share = (float) (2 * smoothness / x.length);
        for (var i = 0; i < x.length && share > 0; i++) {
            if (i % w < w - 1) {
                var d = share * (x[i] - x[i + 1]);
                gradient[i] += d;
                gradient[i + 1] -= d;
            }
            if (i / w % h < h - 1) {
                var d = share * (x[i] - x[i + w]);
                gradient[i] += d;
                gradient[i + w] -= d;
            }
        }
    }

    private Targets targets(Model model, float[] image) {
        var grams = new LinkedHashMap<String, float[]>();
        var content = new float[1][];
        look(model, image, false, (path, y) -> {
            if (layers.contains(path)) {
                grams.put(path, gram(y).toArray());
            }
            if (contentLayer.equals(path)) {
                content[0] = y.toArray();
            }
            return null;
        });
        return new Targets(grams, content[0]);
    }

    private float[] gradient(Model model, float[] image, Targets targets) {
        return look(model, image, true, (path, y) -> {
            Tensor loss = null;
            if (layers.contains(path) && styleWeight > 0) {
                var own = gram(y);
                loss = own.sub(y.step().of(own.shape(), targets.grams.get(path))).square().mean().mul(
                        (float) (styleWeight / layers.size()));
            }
            if (contentLayer.equals(path) && contentWeight > 0) {
                var part = y.sub(y.step().of(y.shape(), targets.content)).square().mean().mul((float) contentWeight);
                loss = loss == null ? part : loss.add(part);
            }
            return loss;
        });
    }

    private interface Look {
        Tensor at(String path, Tensor y);
    }

    private float[] look(Model model, float[] image, boolean backward, Look look) {
        var hooks = new ArrayList<Model.Hook>();
        var loss = new Tensor[1];
        var paths = new LinkedHashSet<>(layers);
        paths.add(contentLayer);
        try (var step = model.session().step(Mode.EVAL)) {
            for (var path : paths) {
                hooks.add(model.onActivation(path, (_, y) -> {
                    var part = look.at(path, y);
                    loss[0] = part == null ? loss[0] : loss[0] == null ? part : loss[0].add(part);
                    return y;
                }));
            }
            var x = step.of(Shape.of(1).concat(model.inputShape()), image).track();
            model.forward(x);
            if (!backward) {
                return null;
            }
            step.backward(loss[0]);
            return x.grad();
        } finally {
            hooks.forEach(Model.Hook::close);
        }
    }
}
