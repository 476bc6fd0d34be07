package fovea.explain;

import fovea.Gradients;
import fovea.Mode;
import fovea.Shape;
import fovea.Tensor;
import fovea.nn.Convolution;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.nn.Named;
import fovea.nn.Pooling;
import fovea.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of the input one unit of a layer sees.
 *
 * <pre>{@code
 * ReceptiveField.of(sequential(conv2d(8, 3), maxPool2d(2), conv2d(8, 3)));      // 3, 4 and 8 pixels
 * var map = ReceptiveField.measured(model, "6", images);                        // and how much of that counts
 * }</pre>
 *
 * @param size elements of the input that a unit can depend on, along an axis
 * @param stride elements of the input from one unit to the next
 */
public record ReceptiveField(int size, int stride) {
    /** Of the input itself. */
    public static final ReceptiveField INPUT = new ReceptiveField(1, 1);

    /** Behind one more filter or window. */
    public ReceptiveField then(int kernel, int step, int dilation) {
        return new ReceptiveField(size + (kernel - 1) * dilation * stride, stride * step);
    }

    /** Along the last axis behind each convolution and pooling of a chain, in their order; other layers see as far as the one before. */
    public static List<ReceptiveField> of(Sequential chain) {
        var fields = new ArrayList<ReceptiveField>();
        walk(chain, fields);
        return List.copyOf(fields);
    }

    private static void walk(Layer layer, List<ReceptiveField> fields) {
        var here = fields.isEmpty() ? INPUT : fields.getLast();
        switch (layer) {
            case Sequential s -> s.layers().forEach(inner -> walk(inner, fields));
            case Named n -> walk(n.layer(), fields);
            case Convolution c -> fields.add(here.then(c.kernel().at(c.rank() - 1), c.stride().at(c.rank() - 1),
                    c.dilation().at(c.rank() - 1)));
            case Pooling p -> fields.add(here.then(p.window().kernel().at(p.window().rank() - 1),
                    p.window().stride().at(p.window().rank() - 1), p.window().dilation().at(p.window().rank() - 1)));
            default -> {
                // Sees one place at a time, or all of them, and then nothing follows that has places.
            }
        }
    }

    /**
     * The mean size of the gradient of a layer's middle unit (the sum of its channels) towards each place of the input, {@code [h, w]}:
     * the effective receptive field (Luo, Li, Urtasun and Zemel 2016).
     *
     * @param images samples in the model's input shape, [c, h, w]
     */
    public static float[] measured(Model model, String path, float[]... images) {
        var shape = model.inputShape();
        if (shape.rank() != 3 || images.length == 0) {
            throw new IllegalArgumentException("receptive field: %d samples of a model that takes %s; give some of [c, h, w]".formatted(
                    images.length, shape));
        }
        var plane = (int) (shape.elements() / shape.dim(0));
        var mean = new float[plane];
        for (var image : images) {
            Saliency.checkSample(model, image);
            var gradient = gradient(model, path, image);
            for (var i = 0; i < gradient.length; i++) {
                mean[i % plane] += Math.abs(gradient[i]) / images.length;
            }
        }
        return mean;
    }

    private static float[] gradient(Model model, String path, float[] image) {
        var found = new Tensor[1];
        try (var step = model.session().step(Mode.EVAL); var _ = model.onActivation(path, (_, y) -> {
            found[0] = y.mul(1);
            return y;
        })) {
            var x = step.of(Shape.of(1).concat(model.inputShape()), image).track();
            model.forward(x);
            var y = found[0].shape();
            if (y.rank() != 4) {
                throw new IllegalArgumentException("receptive field: layer %s gives %s a sample; one with places is expected".formatted(
                        path, y.slice(1, y.rank())));
            }
            var seed = new float[(int) y.elements()];
            var height = (int) y.dim(2);
            var width = (int) y.dim(3);
            for (var c = 0; c < y.dim(1); c++) {
                seed[(c * height + height / 2) * width + width / 2] = 1;
            }
            step.backward(found[0], Gradients.REPLACE, seed);
            return x.grad();
        }
    }
}
