package fovea;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_gemm_attrs;
import fovea.purejava.Arithmetic;
import fovea.purejava.PlainJava;
import fovea.purejava.Product;
import fovea.purejava.VectorApi;
import fovea.runtime.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
 * Products of matrices: {@code -p product=512x512x512NN,64x120x400NT -p threads=2}, m x n x k and which operand lies transposed. Pure
 * Java runs on the common pool, whatever {@code threads} says.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
public class GemmBench {
    /** GFLOP/s (time is counted in seconds). */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gflop;
    }

    @Param({"512x512x512NN", "1024x1024x1024NN", "1024x1024x1024NT", "1024x1024x1024TN", "2048x2048x2048NN", "64x12544x147NN",
            "64x3136x576NN", "256x3136x64NN", "512x196x4608NN", "2048x49x512NN", "32x4096x9216NT", "32x9216x4096NN", "4096x9216x32TN",
            "64x120x400NT", "64x400x120NN", "120x400x64TN", "64x84x120NT"})
    String product;
    @Param("0")
    int threads;

    private int m;
    private int n;
    private int k;
    private boolean aTransposed;
    private boolean bTransposed;
    private float[] a;
    private float[] b;
    private float[] c;
    private Contender own;
    private Contender oneDnn;
    private final Arithmetic plain = new PlainJava();
    private final Arithmetic vector = new VectorApi();

    @Setup
    public void open() {
        var extents = product.substring(0, product.length() - 2).split("x");
        m = Integer.parseInt(extents[0]);
        n = Integer.parseInt(extents[1]);
        k = Integer.parseInt(extents[2]);
        aTransposed = product.charAt(product.length() - 2) == 'T';
        bTransposed = product.endsWith("T");
        a = numbers(m * k, 1);
        b = numbers(k * n, 2);
        c = new float[m * n];
        own = new Contender("own");
        oneDnn = new Contender("onednn");
    }

    @TearDown
    public void close() {
        own.close();
        oneDnn.close();
    }

    private static float[] numbers(int n, int step) {
        var x = new float[n];
        for (var i = 0; i < n; i++) {
            x[i] = ((i * 37 + step * 11) % 255 - 127) / 128f;
        }
        return x;
    }

    @Benchmark
    public MemorySegment own(Counters counters) {
        return own.run(counters);
    }

    @Benchmark
    public MemorySegment oneDnn(Counters counters) {
        return oneDnn.run(counters);
    }

    @Benchmark
    public float[] plainJava(Counters counters) {
        return run(plain, counters);
    }

    @Benchmark
    public float[] vectorApi(Counters counters) {
        return run(vector, counters);
    }

    private float[] run(Arithmetic arithmetic, Counters counters) {
        Product.gemm(arithmetic, m, n, k, a, aTransposed, b, bTransposed, c, false);
        count(counters);
        return c;
    }

    private void count(Counters counters) {
        counters.gflop += 2.0 * m * n * k / 1e9;
    }

    float[] floats(MemorySegment result) {
        return result.toArray(ValueLayout.JAVA_FLOAT);
    }

    /** One provider's session with operands of its own. */
    private final class Contender implements AutoCloseable {
        private final Session session;
        private final Native context;
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment attrs = fov_gemm_attrs.allocate(arena);
        private final MemorySegment a = memory(GemmBench.this.a);
        private final MemorySegment b = memory(GemmBench.this.b);
        private final MemorySegment c = memory(GemmBench.this.c);

        Contender(String provider) {
            var options = Session.options().provider(provider);
            session = Session.open(threads > 0 ? options.threads(threads) : options);
            context = session.nativeContext();
            fov_gemm_attrs.m(attrs, m);
            fov_gemm_attrs.n(attrs, n);
            fov_gemm_attrs.k(attrs, k);
            fov_gemm_attrs.a_row(attrs, aTransposed ? 1 : k);
            fov_gemm_attrs.a_col(attrs, aTransposed ? m : 1);
            fov_gemm_attrs.b_row(attrs, bTransposed ? 1 : n);
            fov_gemm_attrs.b_col(attrs, bTransposed ? k : 1);
            fov_gemm_attrs.c_row(attrs, n);
            fov_gemm_attrs.c_col(attrs, 1);
            fov_gemm_attrs.type(attrs, FoveaNative.FOV_F32());
            fov_gemm_attrs.alpha(attrs, 1);
        }

        private MemorySegment memory(float[] from) {
            var to = arena.allocate(from.length * 4L, 64);
            MemorySegment.copy(from, 0, to, ValueLayout.JAVA_FLOAT, 0, from.length);
            return to;
        }

        MemorySegment run(Counters counters) {
            context.check(FoveaNative.fov_gemm(context.ctx(), c, a, b, MemorySegment.NULL, attrs));
            count(counters);
            return c;
        }

        @Override
        public void close() {
            arena.close();
            session.close();
        }
    }
}
