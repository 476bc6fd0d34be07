package fovea.op;

import java.util.List;

/**
 * {@link MaxPool} of a {@link Conv}: inputs x, w and perhaps a bias as the convolution takes them; result {@code [n, oc, windows...]}.
 * What is pooled is kept by nobody: backward goes by the place of every maximum and asks which of the maxima the activation let through.
 *
 * <pre>{@code
 * var op = new ConvMaxPool(Conv.of(2).padding(1).activation(Activation.RELU), Window.of(2, 2));
 * var y = step.apply(op, x, w, b);                // [8, 3, 32, 32] with w [16, 3, 3, 3] -> [8, 16, 16, 16]
 * }</pre>
 *
 * @param conv without {@code add}
 */
public record ConvMaxPool(Conv conv, Window window) implements Op {
    public ConvMaxPool {
        Checks.require(!conv.add(), "convMaxPool: the convolution adds another tensor; pool the sum by itself");
        Checks.require(conv.rank() == window.rank(), "convMaxPool: a convolution over %d axes and windows %s over %d", conv.rank(), window,
                window.rank());
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        return List.of(Spec.f32(window.over("convMaxPool", conv.infer(inputs).getFirst().shape())));
    }

    @Override
    public int savedForBackward() {
        return conv.savedForBackward();
    }
}
