package fovea;

import fovea.op.MaxPool;
import fovea.op.Window;
import fovea.purejava.Arithmetic;
import fovea.purejava.MaxPooling;
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
 * Max-pooling over windows of 2x2, forward and backward, in GB/s of what must be read and written once; {@link #copy} is the bandwidth
 * of that much memory. oneDNN's pooling is compared where no step is between: {@code fovea-sweep pool}.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
public class PoolBench {
    /** Feature maps of known networks. */
    public enum Maps {
        LENET(64, 6, 28), CIFAR_VGG(32, 64, 32), VGG16(2, 64, 224);

        final int n;
        final int c;
        final int side;

        Maps(int n, int c, int side) {
            this.n = n;
            this.c = c;
            this.side = side;
        }

        int elements() {
            return n * c * side * side;
        }
    }

    /** GB/s, as time is counted in seconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gigabytes;
    }

    @Param
    Maps maps;

    private Session session;
    private Parameter in;
    private Parameter out;
    private float[] seed;
    private float[] x;
    private float[] y;
    private float[] dx;
    private byte[] which;

    @Setup
    public void open() {
        session = Session.open();
        in = session.parameter("x", Shape.of(maps.n, maps.c, maps.side, maps.side));
        out = session.parameter("y", in.shape());
        x = new float[maps.elements()];
        dx = new float[x.length];
        y = new float[x.length / 4];
        which = new byte[y.length];
        seed = new float[y.length];
        for (var i = 0; i < x.length; i++) {
            x[i] = i * 37L % 1021 - 510;
        }
        System.arraycopy(x, 0, seed, 0, seed.length);
        in.copyFrom(x);
    }

    @TearDown
    public void close() {
        session.close();
    }

    private void count(Counters counters) {
        // x and y, and dx and dy with it.
        counters.gigabytes += x.length * 2.5 * 4e-9;
    }

    /** The gradient of x. */
    @Benchmark
    public float[] plainJava(Counters counters) {
        return java(new PlainJava(), counters);
    }

    @Benchmark
    public float[] vectorApi(Counters counters) {
        return java(new VectorApi(), counters);
    }

    private float[] java(Arithmetic arithmetic, Counters counters) {
        var pooling = new MaxPooling(maps.n * maps.c, maps.side, maps.side);
        pooling.forward(arithmetic, y, which, x);
        pooling.backward(dx, seed, which);
        count(counters);
        return dx;
    }

    /** The seed gradient is copied in too. */
    @Benchmark
    public void own(Counters counters) {
        try (var step = session.step(Mode.TRAIN)) {
            step.backward(step.apply(new MaxPool(Window.of(2, 2)), in), Gradients.REPLACE, seed);
        }
        count(counters);
    }

    float[] ownGradient() {
        return in.grad();
    }

    @Benchmark
    public void copy(Counters counters) {
        out.data().copyFrom(in.data());
        counters.gigabytes += x.length * 8e-9;
    }
}
