package fovea;

import fovea.op.Conv;
import fovea.op.ConvTranspose;

/**
 * Convolutions of a {@link Tensor}, as methods; each is one op of {@link fovea.op}. A bias may be null.
 *
 * <pre>{@code
 * var y = x.conv2d(w, b, 2, 1);                                   // stride 2, padding 1
 * var z = y.conv(Conv.of(2).dilation(2).groups(4), v, null);      // everything else
 * }</pre>
 */
public sealed interface Convolving permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    default Tensor conv(Conv op, Tensor w, Tensor b) {
        return b == null ? self().apply(op, w) : self().apply(op, w, b);
    }

    default Tensor conv1d(Tensor w, Tensor b, int stride, int padding) {
        return conv(Conv.of(1).stride(stride).padding(padding), w, b);
    }

    default Tensor conv2d(Tensor w, Tensor b, int stride, int padding) {
        return conv(Conv.of(2).stride(stride).padding(padding), w, b);
    }

    default Tensor conv3d(Tensor w, Tensor b, int stride, int padding) {
        return conv(Conv.of(3).stride(stride).padding(padding), w, b);
    }

    default Tensor convTranspose(ConvTranspose op, Tensor w, Tensor b) {
        return b == null ? self().apply(op, w) : self().apply(op, w, b);
    }

    default Tensor convTranspose2d(Tensor w, Tensor b, int stride, int padding) {
        return convTranspose(ConvTranspose.of(2).stride(stride).padding(padding), w, b);
    }
}
