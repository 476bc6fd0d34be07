package fovea.data;

import java.util.random.RandomGenerator;

/**
 * A stream of random numbers that belongs to a place (seed, epoch, index) and to nothing else: no order of work and no number of
 * threads changes it. It counts, and what it gives is a mixed count.
 */
public final class Draws implements RandomGenerator {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private long state;

    /** The stream of (0, 0, 0); {@link #at} goes to another. */
    public Draws() {
        at(0, 0, 0);
    }

    /** Goes to the start of a stream. */
    public Draws at(long seed, long epoch, long index) {
        state = mix(mix(mix(seed + STEP) + epoch * 0xD1342543DE82EF95L + 1) + index * 0xAEF17502108EF2D9L + 2);
        return this;
    }

    private static long mix(long z) {
        var a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        var b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }

    @Override
    public long nextLong() {
        state += STEP;
        return mix(state);
    }

    /** 0 to n - 1. */
    public int below(int n) {
        return (int) ((nextLong() >>> 32) * n >>> 32);
    }

    /** From low (inclusive) to high (exclusive; inclusive where rounding makes it so). */
    public float between(float low, float high) {
        return low + (nextLong() >>> 40) * 0x1p-24f * (high - low);
    }

    public boolean chance(float probability) {
        return (nextLong() >>> 40) * 0x1p-24f < probability;
    }

    public float gaussian() {
        return (float) nextGaussian();
    }

    /** From the distribution Beta(alpha, alpha): how MixUp and CutMix divide a pair. */
    public float beta(double alpha) {
        var a = gamma(alpha);
        var b = gamma(alpha);
        return a + b > 0 ? (float) (a / (a + b)) : chance(0.5f) ? 1 : 0;
    }

    /** Marsaglia and Tsang's method; a shape below 1 goes through the shape above it. */
    private double gamma(double shape) {
        if (shape < 1) {
            return gamma(shape + 1) * StrictMath.pow(1 - nextDouble(), 1 / shape);
        }
        var d = shape - 1.0 / 3;
        var c = 1 / StrictMath.sqrt(9 * d);
        while (true) {
            var x = nextGaussian();
            var v = 1 + c * x;
            if (v > 0) {
                v = v * v * v;
                if (StrictMath.log(1 - nextDouble()) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
                    return d * v;
                }
            }
        }
    }

    /** Mixes 0 to n - 1 in place, every order equally likely. */
    void shuffle(int[] items) {
        for (var i = items.length - 1; i > 0; i--) {
            var j = below(i + 1);
            var swap = items[i];
            items[i] = items[j];
            items[j] = swap;
        }
    }
}
