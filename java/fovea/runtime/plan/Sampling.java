package fovea.runtime.plan;

import fovea.op.Interpolation;
import fovea.op.Interpolation.Cubic;
import fovea.op.Interpolation.Linear;
import fovea.op.Interpolation.Nearest;
import fovea.op.Resize;
import java.math.RoundingMode;
import java.util.Arrays;

/** The taps of a {@link Resize} along one axis. */
final class Sampling {
    private final Interpolation interpolation;
    private final int n;
    private final double scale;
    private int[] index = new int[16];
    private double[] weight = new double[16];
    private int taps;
    /** The first tap of the element at hand. */
    private int first;

    private Sampling(Interpolation interpolation, long n, double scale) {
        this.interpolation = interpolation;
        this.n = Math.toIntExact(n);
        this.scale = scale;
    }

    static AxisMap map(Resize op, Resize.Axis axis, long n) {
        var sampling = new Sampling(op.interpolation(), n, axis.scale(n));
        var begin = new int[Math.toIntExact(axis.extent()) + 1];
        for (var o = 0; o + 1 < begin.length; o++) {
            var place = op.place(axis, n, o);
            if (op.grid() != Resize.Grid.CROP || place >= 0 && place <= n - 1) {
                sampling.sample(place);
            }
            begin[o + 1] = sampling.taps;
        }
        var weights = new float[sampling.taps];
        for (var t = 0; t < weights.length; t++) {
            weights[t] = (float) sampling.weight[t];
        }
        return new AxisMap(sampling.n, begin.length - 1, begin, Arrays.copyOf(sampling.index, sampling.taps), weights);
    }

    private void sample(double place) {
        first = taps;
        switch (interpolation) {
            case Nearest(RoundingMode rounding) -> add((long) switch (rounding) {
                case CEILING -> Math.ceil(place);
                case HALF_DOWN -> Math.ceil(place - 0.5);
                case HALF_UP -> Math.floor(place + 0.5);
                default -> Math.floor(place);
            }, 1);
            case Linear(boolean antialias, boolean inside) -> weigh(place, 1, antialias, inside);
            case Cubic(float _, boolean antialias, boolean inside) -> weigh(place, 2, antialias, inside);
        }
    }

    /** All elements within the kernel's reach; made wider by 1 / scale, it is a mean over what falls on one element of the result. */
    private void weigh(double place, int reach, boolean antialias, boolean inside) {
        var narrow = antialias ? Math.min(scale, 1) : 1;
        var from = (long) Math.ceil(place - reach / narrow);
        var to = (long) Math.floor(place + reach / narrow);
        var sum = 0.0;
        for (var i = from; i <= to; i++) {
            sum += inside && (i < 0 || i >= n) ? 0 : kernel((i - place) * narrow);
        }
        for (var i = from; i <= to; i++) {
            if (!inside || i >= 0 && i < n) {
                add(i, kernel((i - place) * narrow) / sum);
            }
        }
        if (taps == first) {
            add(Math.round(place), 1);
        }
    }

    private double kernel(double distance) {
        var d = Math.abs(distance);
        if (!(interpolation instanceof Cubic(float a, boolean _, boolean _))) {
            return Math.max(0, 1 - d);
        }
        if (d <= 1) {
            return ((a + 2) * d - (a + 3)) * d * d + 1;
        }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    }

    /** Beyond the ends the last element counts; what is the same element becomes one tap, and no tap weighs nothing. */
    private void add(long place, double w) {
        var i = Math.clamp(place, 0, n - 1);
        if (taps > first && index[taps - 1] == i) {
            weight[taps - 1] += w;
        } else if (Math.abs(w) > 1e-12) {
            if (taps == index.length) {
                index = Arrays.copyOf(index, 2 * taps);
                weight = Arrays.copyOf(weight, 2 * taps);
            }
            index[taps] = i;
            weight[taps++] = w;
        }
    }
}
