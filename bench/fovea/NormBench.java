package fovea;

import fovea.op.BatchNorm;
import fovea.purejava.Arithmetic;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Batch norm in training, forward: statistics, then the pass that applies them, so x counts twice. {@link #copy} is the bandwidth of
 * that much memory. oneDNN's is compared where no step is between: {@code fovea-sweep norm}.
 */
public class NormBench extends Bandwidth {
    @Param({"512", "8192", "131072"})
    int positions;

    private static final int CHANNELS = 64;
    private static final float EPSILON = 1e-5f;

    private float[] y;

    @Setup
    public void open() {
        // One image: then a channel is one run of an array, as the plain contenders like it best.
        open(Shape.of(1, CHANNELS, positions));
        y = new float[x.length];
    }

    @Override
    float[] java(Arithmetic arithmetic, Counters counters) {
        Arithmetic.parallel(CHANNELS, channel -> {
            var from = channel * positions;
            var sums = new double[2];
            arithmetic.sums(x, from, from + positions, sums);
            var mean = sums[0] / positions;
            var scale = 1 / Math.sqrt(sums[1] / positions - mean * mean + EPSILON);
            arithmetic.affine(y, x, from, from + positions, (float) scale, (float) (-mean * scale));
        });
        counters.add(x, 12);
        return y;
    }

    private Tensor apply(Step step) {
        return step.apply(BatchNorm.of(true).running(false).affine(false).epsilon(EPSILON), in);
    }

    float[] ownResult() {
        try (var step = session.step(Mode.TRAIN)) {
            return apply(step).toArray();
        }
    }

    @Benchmark
    public void own(Counters counters) {
        try (var step = session.step(Mode.TRAIN)) {
            step.discard(apply(step));
        }
        counters.add(x, 12);
    }
}
