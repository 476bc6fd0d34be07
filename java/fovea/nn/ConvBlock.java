package fovea.nn;

import fovea.Tensor;
import fovea.op.Activation;
import fovea.op.Conv;
import fovea.op.Extents;
import fovea.op.Rounding;

/** A convolution with its parameters; the bias may be null. */
final class ConvBlock implements Block {
    final Conv op;
    /** Parameters, or what was made of them. */
    final Tensor w;
    final Tensor b;
    private final Extents kernel;
    private final Rounding rounding;
    /** The op with paddings for the input's extents, where the rounding chooses them; kept for the next step. */
    private Conv fitted;
    private Extents fittedTo;

    ConvBlock(Conv op, Extents kernel, Rounding rounding, Tensor w, Tensor b) {
        this.op = op;
        this.kernel = kernel;
        this.rounding = rounding;
        this.w = w;
        this.b = b;
    }

    /** The same with something applied to its result. */
    ConvBlock activation(Activation function) {
        return new ConvBlock(op.activation(function), kernel, rounding, w, b);
    }

    /** The same with other weights. */
    ConvBlock with(Tensor weights, Tensor bias) {
        return new ConvBlock(op, kernel, rounding, weights, bias);
    }

    @Override
    public Tensor forward(Tensor x) {
        var step = x.step();
        var now = rounding == Rounding.FLOOR ? op : fitted(x);
        return b == null ? step.apply(now, x, w) : step.apply(now, x, w, b);
    }

    private Conv fitted(Tensor x) {
        if (fittedTo == null || !fits(x)) {
            fittedTo = Shapes.extents(x.shape(), 2);
            fitted = op.fitted(fittedTo, kernel, rounding);
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
