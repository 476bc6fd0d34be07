package fovea.oracle;

import fovea.Shape;
import fovea.op.Activation;
import fovea.op.Conv;
import fovea.op.ConvTranspose;
import fovea.op.Extents;
import fovea.op.Op;
import fovea.op.Spec;
import java.util.Arrays;
import java.util.List;

/**
 * Convolution and its transpose as plain loops over doubles, straight from the definition: every product that takes part is visited
 * once, and forward and gradients differ only in what is done with it.
 */
public final class ConvOracle {
    private final boolean transposed;
    private final Activation activation;
    private final boolean adds;
    private final int groups;
    private final long[] in;
    private final long[] out;
    private final long[] kernel;
    private final long[] stride = {1, 1, 1};
    private final long[] dilation = {1, 1, 1};
    private final long[] pad = {0, 0, 0};
    private final int n;
    private final int ic;
    private final int oc;

    private ConvOracle(Op op, Shape x, Shape w, boolean transposed, Activation activation, boolean adds, int groups, Extents stride,
            Extents dilation, Extents pad) {
        var y = (op instanceof Conv c ? c.add(false) : op).infer(List.of(Spec.f32(x), Spec.f32(w))).getFirst().shape();
        this.transposed = transposed;
        this.activation = activation;
        this.adds = adds;
        this.groups = groups;
        in = spatial(x);
        out = spatial(y);
        kernel = spatial(w);
        for (var i = 0; i < stride.rank(); i++) {
            this.stride[3 - stride.rank() + i] = stride.at(i);
            this.dilation[3 - stride.rank() + i] = dilation.at(i);
            this.pad[3 - stride.rank() + i] = pad.at(i);
        }
        n = (int) x.dim(0);
        ic = (int) x.dim(1);
        oc = (int) y.dim(1);
    }

    public static ConvOracle of(Op op, Shape x, Shape w) {
        return switch (op) {
            case Conv c -> new ConvOracle(c, x, w, false, c.activation(), c.add(), c.groups(), c.stride(), c.dilation(), c.padBegin());
            case ConvTranspose c ->
                new ConvOracle(c, x, w, true, c.activation(), false, c.groups(), c.stride(), c.dilation(), c.padBegin());
            default -> throw new IllegalArgumentException(op.toString());
        };
    }

    private static long[] spatial(Shape shape) {
        var s = new long[] {1, 1, 1};
        for (var i = 2; i < shape.rank(); i++) {
            s[3 - (shape.rank() - 2) + i - 2] = shape.dim(i);
        }
        return s;
    }

    /** One product {@code x[xi] * w[wi]} that belongs to {@code y[yi]}. */
    @FunctionalInterface
    private interface Visitor {
        void product(int yi, int xi, int wi);
    }

    private void visit(Visitor visitor) {
        var icg = ic / groups;
        var ocg = oc / groups;
        var near = transposed ? out : in;
        var far = transposed ? in : out;
        for (var b = 0; b < n; b++) {
            for (var o = 0; o < oc; o++) {
                var g = o / ocg;
                for (var c = 0; c < icg; c++) {
                    var i = g * icg + c;
                    var w = transposed ? (i * ocg + o % ocg) : o * icg + c;
                    for (var kd = 0; kd < kernel[0]; kd++) {
                        for (var kh = 0; kh < kernel[1]; kh++) {
                            for (var kw = 0; kw < kernel[2]; kw++) {
                                var wi = (int) (((w * kernel[0] + kd) * kernel[1] + kh) * kernel[2] + kw);
                                visitPlaces(visitor, b, o, i, wi, near, far, kd, kh, kw);
                            }
                        }
                    }
                }
            }
        }
    }

    /** A place of the filter lies on the far side; times stride plus tap, it looks at the near side. */
    private void visitPlaces(Visitor visitor, int b, int o, int i, int wi, long[] near, long[] far, int kd, int kh, int kw) {
        for (var d = 0; d < far[0]; d++) {
            var nd = d * stride[0] + kd * dilation[0] - pad[0];
            for (var h = 0; h < far[1]; h++) {
                var nh = h * stride[1] + kh * dilation[1] - pad[1];
                for (var w = 0; w < far[2]; w++) {
                    var nw = w * stride[2] + kw * dilation[2] - pad[2];
                    if (nd >= 0 && nd < near[0] && nh >= 0 && nh < near[1] && nw >= 0 && nw < near[2]) {
                        var nearAt = (nd * near[1] + nh) * near[2] + nw;
                        var farAt = (d * far[1] + h) * far[2] + w;
                        var yi = (b * oc + o) * out[0] * out[1] * out[2] + (transposed ? nearAt : farAt);
                        var xi = (b * ic + i) * in[0] * in[1] * in[2] + (transposed ? farAt : nearAt);
                        visitor.product((int) yi, (int) xi, wi);
                    }
                }
            }
        }
    }

    private int outSize() {
        return (int) (out[0] * out[1] * out[2]);
    }

    /** y of x, w, perhaps b and, where it is added, r. */
    public double[] forward(double[]... inputs) {
        var x = inputs[0];
        var w = inputs[1];
        var y = new double[n * oc * outSize()];
        visit((yi, xi, wi) -> y[yi] += x[xi] * w[wi]);
        for (var i = 0; i < y.length; i++) {
            y[i] += inputs.length > (adds ? 3 : 2) ? inputs[2][i / outSize() % oc] : 0;
            y[i] += adds ? inputs[inputs.length - 1][i] : 0;
        }
        return activation == Activation.NONE ? y : Arrays.stream(y).map(v -> Math.max(v, 0)).toArray();
    }

    /** dx, dw and db of dy, given x, w and the y that was computed (for the activation). */
    public double[][] backward(double[] dy, double[] x, double[] w, double[] y) {
        var dz = dy.clone();
        for (var i = 0; i < dz.length; i++) {
            dz[i] = activation == Activation.NONE || y[i] > 0 ? dz[i] : 0;
        }
        var dx = new double[x.length];
        var dw = new double[w.length];
        var db = new double[oc];
        visit((yi, xi, wi) -> {
            dx[xi] += dz[yi] * w[wi];
            dw[wi] += dz[yi] * x[xi];
        });
        for (var i = 0; i < dz.length; i++) {
            db[i / outSize() % oc] += dz[i];
        }
        return new double[][] {dx, dw, db};
    }

    /** Products in the longest sum of the forward pass. */
    public double terms() {
        return (double) ic / groups * kernel[0] * kernel[1] * kernel[2] + (adds ? 2 : 1);
    }
}
