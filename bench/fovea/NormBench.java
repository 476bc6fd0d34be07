package fovea;

import fovea.op.BatchNorm;
import fovea.purejava.Arithmetic;
import fovea.purejava.PlainJava;
import fovea.purejava.VectorApi;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Batch norm in training, forward: statistics, then the pass that applies them, so x counts twice. {@link #copy} is the bandwidth of
 * that much memory. oneDNN's is compared where no step is between: {@code fovea-sweep norm}.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
public class NormBench {
    /** GB/s, as time is counted in seconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gigabytes;
    }

    @Param({"512", "8192", "131072"})
    int positions;

    private static final int CHANNELS = 64;
    private static final float EPSILON = 1e-5f;

    private Session session;
    private Parameter in;
    private Parameter out;
    private float[] x;
    private float[] y;

    @Setup
    public void open() {
        session = Session.open();
        // One image: then a channel is one run of an array, as the plain contenders like it best.
        in = session.parameter("x", Shape.of(1, CHANNELS, positions));
        out = session.parameter("y", in.shape());
        x = new float[CHANNELS * positions];
        y = new float[x.length];
        for (var i = 0; i < x.length; i++) {
            x[i] = (i * 37L % 1021 - 510) / 256f;
        }
        in.copyFrom(x);
    }

    @TearDown
    public void close() {
        session.close();
    }

    @Benchmark
    public float[] plainJava(Counters counters) {
        return java(new PlainJava(), counters);
    }

    @Benchmark
    public float[] vectorApi(Counters counters) {
        return java(new VectorApi(), counters);
    }

    private float[] java(Arithmetic arithmetic, Counters counters) {
        Arithmetic.parallel(CHANNELS, channel -> {
            var from = channel * positions;
            var sums = new double[2];
            arithmetic.sums(x, from, from + positions, sums);
            var mean = sums[0] / positions;
            var scale = 1 / Math.sqrt(sums[1] / positions - mean * mean + EPSILON);
            arithmetic.affine(y, x, from, from + positions, (float) scale, (float) (-mean * scale));
        });
        counters.gigabytes += x.length * 12e-9;
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
        counters.gigabytes += x.length * 12e-9;
    }

    @Benchmark
    public void copy(Counters counters) {
        out.data().copyFrom(in.data());
        counters.gigabytes += x.length * 8e-9;
    }
}
