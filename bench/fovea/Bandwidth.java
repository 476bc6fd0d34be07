package fovea;

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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What benches of passes that wait for memory share: a session with x in it, GB/s of what must be read and written once, and
 * {@link #copy}, the bandwidth of as much memory.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
public abstract class Bandwidth {
    /** GB/s, as time is counted in seconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gigabytes;

        /** So many bytes for each element of x. */
        void add(float[] x, double bytes) {
            gigabytes += x.length * bytes * 1e-9;
        }
    }

    Session session;
    Parameter in;
    private Parameter out;
    float[] x;

    /** Opens the session over numbers of [-2, 2) that repeat late. */
    void open(Shape shape) {
        session = Session.open();
        in = session.parameter("x", shape);
        out = session.parameter("y", shape);
        x = new float[(int) shape.elements()];
        for (var i = 0; i < x.length; i++) {
            x[i] = (i * 37L % 1021 - 510) / 256f;
        }
        in.copyFrom(x);
    }

    @TearDown
    public void close() {
        session.close();
    }

    /** The pass in Java, on x. */
    abstract float[] java(Arithmetic arithmetic, Counters counters);

    @Benchmark
    public float[] plainJava(Counters counters) {
        return java(new PlainJava(), counters);
    }

    @Benchmark
    public float[] vectorApi(Counters counters) {
        return java(new VectorApi(), counters);
    }

    @Benchmark
    public void copy(Counters counters) {
        out.data().copyFrom(in.data());
        counters.add(x, 8);
    }
}
