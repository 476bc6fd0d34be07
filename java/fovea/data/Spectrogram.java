package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Series as pictures of what frequencies they hold when: [channels, window / 2, frames] floats from 0 (60 dB below a full sine, or less)
 * to 1. Time runs to the right and frequency upwards. Each frame is a Fourier transform under a Hann window.
 */
public final class Spectrogram implements Dataset {
    private static final double RANGE = 60;

    private final Dataset series;
    private final int window;
    private final int hop;
    private final int frames;
    private final double[] hann;
    private final double[] cos;
    private final double[] sin;

    private Spectrogram(Dataset series, int window, int hop) {
        var shape = series.imageShape();
        if (shape.rank() != 2) {
            throw new IllegalArgumentException("spectrogram: samples of %s are %s; series, [channels, length], are expected".formatted(
                    series, shape));
        }
        if (window < 4 || Integer.bitCount(window) != 1 || window > shape.dim(1) || hop < 1) {
            throw new IllegalArgumentException(("spectrogram: a window of %d every %d samples of %d; give a power of two from 4 up to the"
                    + " length, and at least 1").formatted(window, hop, shape.dim(1)));
        }
        this.series = series;
        this.window = window;
        this.hop = hop;
        frames = (int) ((shape.dim(1) - window) / hop + 1);
        hann = new double[window];
        cos = new double[window / 2];
        sin = new double[window / 2];
        for (var i = 0; i < window; i++) {
            hann[i] = 0.5 - 0.5 * StrictMath.cos(2 * Math.PI * i / window);
        }
        for (var i = 0; i < window / 2; i++) {
            cos[i] = StrictMath.cos(2 * Math.PI * i / window);
            sin[i] = -StrictMath.sin(2 * Math.PI * i / window);
        }
    }

    /**
     * @param window samples under each transform, a power of two
     * @param hop samples from one to the next
     */
    public static Spectrogram of(Dataset series, int window, int hop) {
        return new Spectrogram(series, window, hop);
    }

    /** Both parts. */
    public static Split of(Split series, int window, int hop) {
        return new Split(of(series.train(), window, hop), of(series.test(), window, hop));
    }

    @Override
    public int size() {
        return series.size();
    }

    @Override
    public Shape imageShape() {
        return Shape.of(series.imageShape().dim(0), window / 2, frames);
    }

    @Override
    public ElementType type() {
        return ElementType.F32;
    }

    @Override
    public List<String> classes() {
        return series.classes();
    }

    @Override
    public int label(int index) {
        return series.label(index);
    }

    @Override
    public void read(int index, Image image) {
        series.read(index, image);
        image.toFloats();
        var channels = image.channels();
        var length = image.width();
        var samples = Arrays.copyOf(image.floats(), channels * length);
        var picture = image.floats(channels, window / 2, frames);
        var re = new double[window];
        var im = new double[window];
        for (var c = 0; c < channels; c++) {
            for (var t = 0; t < frames; t++) {
                for (var i = 0; i < window; i++) {
                    re[i] = hann[i] * samples[c * length + t * hop + i];
                    im[i] = 0;
                }
                transform(re, im);
                for (var f = 0; f < window / 2; f++) {
                    // A sine of height 1 gives window / 4: half its power is at the negative frequency, and Hann's mean is a half.
                    var power = 16 * (re[f] * re[f] + im[f] * im[f]) / ((double) window * window);
                    var decibels = 10 * StrictMath.log10(power + 1e-12);
                    picture[(c * (window / 2) + window / 2 - 1 - f) * frames + t] = (float) Math.clamp(1 + decibels / RANGE, 0, 1);
                }
            }
        }
    }

    /** Cooley and Tukey, in place. */
    private void transform(double[] re, double[] im) {
        var shift = 32 - Integer.numberOfTrailingZeros(window);
        for (var i = 0; i < window; i++) {
            var j = Integer.reverse(i) >>> shift;
            if (i < j) {
                var swap = re[i];
                re[i] = re[j];
                re[j] = swap;
                swap = im[i];
                im[i] = im[j];
                im[j] = swap;
            }
        }
        for (var half = 1; half < window; half *= 2) {
            for (var start = 0; start < window; start += 2 * half) {
                for (var k = 0; k < half; k++) {
                    var turn = k * (window / 2 / half);
                    var at = start + k;
                    var x = re[at + half] * cos[turn] - im[at + half] * sin[turn];
                    var y = re[at + half] * sin[turn] + im[at + half] * cos[turn];
                    re[at + half] = re[at] - x;
                    im[at + half] = im[at] - y;
                    re[at] += x;
                    im[at] += y;
                }
            }
        }
    }

    @Override
    public String toString() {
        return "spectrograms of " + series;
    }
}
