package fovea.nn;

import fovea.Tensor;
import fovea.op.Activation;
import fovea.op.Conv;
import fovea.op.ConvMaxPool;
import fovea.op.Extents;
import fovea.op.Op;
import fovea.op.Rounding;
import fovea.op.Window;

/** A convolution with its parameters, and perhaps max-pooling behind it; the bias may be null. */
final class ConvBlock implements Block {
    final Conv op;
    /** Parameters, or what was made of them. */
    final Tensor w;
    final Tensor b;
    private final Extents kernel;
    private final Rounding rounding;
    /** Null: nothing is pooled. */
    private final Window window;
    /** What runs, where the rounding does not depend on the input. */
    private final Op whole;
    /** The inputs of the op that adds, used again in every step: x, weights, perhaps bias, and what is added. */
    private final Tensor[] inputsAdd;
    /** The op with paddings for the input's extents, where the rounding chooses them; kept for the next step. */
    private Op fitted;
    private Extents fittedTo;

    ConvBlock(Conv op, Extents kernel, Rounding rounding, Tensor w, Tensor b) {
        this(op, kernel, rounding, null, w, b);
    }

    private ConvBlock(Conv op, Extents kernel, Rounding rounding, Window window, Tensor w, Tensor b) {
        this.op = op;
        this.window = window;
        whole = pooled(op);
        this.kernel = kernel;
        this.rounding = rounding;
        this.w = w;
        this.b = b;
        inputsAdd = b == null ? new Tensor[] {null, w, null} : new Tensor[] {null, w, b, null};
    }

    /** The same with something applied to its result. */
    ConvBlock activation(Activation function) {
        return new ConvBlock(op.activation(function), kernel, rounding, window, w, b);
    }

    /** The same, adding another tensor before the activation. */
    ConvBlock adding() {
        return new ConvBlock(op.add(true), kernel, rounding, window, w, b);
    }

    /** The same with max-pooling behind it. */
    ConvBlock pooling(Window windows) {
        return new ConvBlock(op, kernel, rounding, windows, w, b);
    }

    /** The same with other weights. */
    ConvBlock with(Tensor weights, Tensor bias) {
        return new ConvBlock(op, kernel, rounding, window, weights, bias);
    }

    @Override
    public Tensor forward(Tensor x) {
        var step = x.step();
        return b == null ? step.apply(fitted(x), x, w) : step.apply(fitted(x), x, w, b);
    }

    /** {@code activation(conv(x) + r)}; for a block of {@link #adding} alone. */
    Tensor forward(Tensor x, Tensor r) {
        inputsAdd[0] = x;
        inputsAdd[inputsAdd.length - 1] = r;
        return x.step().apply(fitted(x), inputsAdd);
    }

    private Op pooled(Conv conv) {
        return window == null ? conv : new ConvMaxPool(conv, window);
    }

    private Op fitted(Tensor x) {
        if (rounding == Rounding.FLOOR) {
            return whole;
        }
        if (fittedTo == null || !fits(x)) {
            fittedTo = Shapes.extents(x.shape(), 2);
            fitted = pooled(op.fitted(fittedTo, kernel, rounding));
        }
        return fitted;
    }

    private boolean fits(Tensor x) {
        for (var i = 0; i < fittedTo.rank(); i++) {
            if (x.shape().dim(i + 2) != fittedTo.at(i)) {
                return false;
            }
        }
        return true;
    }
}
