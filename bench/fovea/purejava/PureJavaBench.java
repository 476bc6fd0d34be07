package fovea.purejava;

import fovea.Gradients;
import fovea.Mode;
import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import java.util.concurrent.TimeUnit;
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
 * What a Java program has without us: products of matrices, the passes of a convolution, and max-pooling, in plain Java, with the Vector
 * API, and as our ops in a step. Threads are those of the common pool and of a session: what the JVM may use.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
public class PureJavaBench {
    /** What is computed. Convolutions are 3x3 over 128 channels of 16 x 16, as in a VGG for CIFAR, and LeNet-5's second one; batch 32. */
    public enum Work {
        GEMM_512(null), VGG_FORWARD(new Convolution(32, 128, 16, 16, 128, 3, 3, 1, 1)), VGG_BACKWARD(
                VGG_FORWARD.convolution), LENET_FORWARD(
                        new Convolution(32, 6, 14, 14, 16, 5, 5, 1, 0)), LENET_BACKWARD(LENET_FORWARD.convolution), MAX_POOL(null);

        final Convolution convolution;

        Work(Convolution convolution) {
            this.convolution = convolution;
        }
    }

    private static final int N = 512;
    private static final MaxPooling POOL = new MaxPooling(32 * 64, 32, 32);

    @Param
    Work work;

    private final Arithmetic plain = new PlainJava();
    private final Arithmetic vector = new VectorApi();
    private Session session;
    private Parameter x;
    private Parameter w;
    private float[] a;
    private float[] b;
    private float[] dy;
    private float[] y;
    private float[] dx;
    private float[] dw;
    private byte[] which;

    @Setup
    public void open() {
        session = Session.open();
        var c = work.convolution;
        var xShape = c != null ? Shape.of(c.n(), c.ic(), c.ih(), c.iw()) : work == Work.MAX_POOL ? Shape.of(32, 64, 32, 32)
                : Shape.of(N, N);
        var wShape = c != null ? Shape.of(c.oc(), c.ic(), c.kh(), c.kw()) : Shape.of(N, N);
        a = numbers((int) xShape.elements(), 1);
        b = numbers((int) wShape.elements(), 2);
        var outputs = c != null ? c.n() * c.oc() * c.oh() * c.ow() : work == Work.MAX_POOL ? POOL.outputs() : N * N;
        y = new float[outputs];
        dy = numbers(outputs, 3);
        dx = new float[a.length];
        dw = new float[b.length];
        which = new byte[outputs];
        x = session.parameter("x", xShape);
        w = session.parameter("w", wShape);
        x.copyFrom(a);
        w.copyFrom(b);
    }

    private static float[] numbers(int n, int step) {
        var x = new float[n];
        for (var i = 0; i < n; i++) {
            x[i] = ((i * 37 + step * 11) % 255 - 127) / 128f;
        }
        return x;
    }

    @TearDown
    public void close() {
        session.close();
    }

    private float[] run(Arithmetic arithmetic) {
        return switch (work) {
            case GEMM_512 -> {
                Product.gemm(arithmetic, N, N, N, a, false, b, false, y, false);
                yield y;
            }
            case VGG_FORWARD, LENET_FORWARD -> {
                work.convolution.forward(arithmetic, y, a, b, null, false);
                yield y;
            }
            case VGG_BACKWARD, LENET_BACKWARD -> {
                work.convolution.forward(arithmetic, y, a, b, null, false);
                work.convolution.data(arithmetic, dx, dy, b);
                work.convolution.weights(arithmetic, dw, null, dy, a);
                yield dw;
            }
            case MAX_POOL -> {
                POOL.forward(arithmetic, y, which, a);
                yield y;
            }
        };
    }

    private Tensor forward() {
        var c = work.convolution;
        return c != null ? x.conv2d(w, null, c.stride(), c.pad()) : work == Work.MAX_POOL ? x.maxPool2d(2) : x.matmul(w);
    }

    /** Backward benches run forward and both gradients, as one step does. */
    float[] ownResult() {
        own();
        if (work == Work.VGG_BACKWARD || work == Work.LENET_BACKWARD) {
            return w.grad();
        }
        try (var _ = session.step(Mode.EVAL)) {
            return forward().toArray();
        }
    }

    @Benchmark
    public float[] plainJava() {
        return run(plain);
    }

    @Benchmark
    public float[] vectorApi() {
        return run(vector);
    }

    @Benchmark
    public void own() {
        var training = work == Work.VGG_BACKWARD || work == Work.LENET_BACKWARD;
        try (var step = session.step(training ? Mode.TRAIN : Mode.EVAL)) {
            var result = forward();
            if (training) {
                step.backward(result, Gradients.REPLACE, dy);
            } else {
                step.discard(result);
            }
        }
    }
}
