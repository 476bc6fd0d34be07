package fovea;

import fovea.op.Reduce;
import fovea.optim.Sgd;
import fovea.purejava.Arithmetic;
import fovea.purejava.PlainJava;
import fovea.purejava.VectorApi;
import java.util.Arrays;
import java.util.List;
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
 * A training step of parameters whose loss is their sum: it reads them once, fills their gradient, and SGD with momentum reads three
 * arrays and writes two. {@link #copy} is the bandwidth of as much memory. All optimizers alone: {@code fovea-sweep optimizer}.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
public class OptimizerBench {
    /** GB/s, as time is counted in seconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gigabytes;
    }

    private static final float RATE = 0.01f;
    private static final float MOMENTUM = 0.9f;
    private static final float DECAY = 5e-4f;

    @Param({"61706", "11700000"})
    int parameters;

    private Session session;
    private Parameter in;
    private Parameter out;
    private Sgd sgd;
    private float[] w;
    private float[] dw;
    private float[] v;

    @Setup
    public void open() {
        session = Session.open();
        in = session.parameter("w", Shape.of(parameters));
        out = session.parameter("copy", in.shape());
        w = new float[parameters];
        dw = new float[parameters];
        v = new float[parameters];
        for (var i = 0; i < w.length; i++) {
            w[i] = (i * 37L % 1021 - 510) / 256f;
        }
        in.copyFrom(w);
        sgd = new Sgd(List.of(in), new Sgd.Options(RATE, MOMENTUM, DECAY));
    }

    @TearDown
    public void close() {
        session.close();
    }

    private void count(Counters counters) {
        counters.gigabytes += parameters * 28e-9;
    }

    /** The parameters after the step. */
    @Benchmark
    public float[] plainJava(Counters counters) {
        return java(new PlainJava(), counters);
    }

    @Benchmark
    public float[] vectorApi(Counters counters) {
        return java(new VectorApi(), counters);
    }

    private float[] java(Arithmetic arithmetic, Counters counters) {
        Arithmetic.parallel(16, task -> {
            var from = (int) ((long) parameters * task / 16);
            var to = (int) ((long) parameters * (task + 1) / 16);
            arithmetic.sums(w, from, to, new double[2]);
            Arrays.fill(dw, from, to, 1);
            arithmetic.update(w, dw, v, from, to, RATE, MOMENTUM, DECAY);
        });
        count(counters);
        return w;
    }

    @Benchmark
    public void own(Counters counters) {
        try (var step = session.step(Mode.TRAIN)) {
            step.backward(step.apply(Reduce.of(Reduce.Kind.SUM), in));
        }
        sgd.step();
        count(counters);
    }

    float[] ownParameters() {
        return in.toArray();
    }

    @Benchmark
    public void copy(Counters counters) {
        out.data().copyFrom(in.data());
        counters.gigabytes += parameters * 8e-9;
    }
}
