package fovea;

import fovea.bindings.FoveaNative;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to be called at all: a down-call, an empty step, one more op on the tape. */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Dfovea.debug=false")
public class CallBench {
    private static final int OPS = 100;

    private Session session;
    private Parameter w;

    @Setup
    public void open() {
        session = Session.open(Session.options().threads(1));
        w = session.parameter("w", Shape.of(1));
    }

    @TearDown
    public void close() {
        session.close();
    }

    /** One native call on one element. */
    @Benchmark
    public void downCall() {
        fovea.runtime.Memory.fill(session.nativeContext(), w.value.data(), 1, 1);
    }

    @Benchmark
    public void emptyStep() {
        try (var step = session.step(Mode.EVAL)) {
            step.number();
        }
    }

    /** {@value #OPS} replayed ops on one element: divide by that for the cost of one, native call included. */
    @Benchmark
    public void hundredOps() {
        try (var step = session.step(Mode.EVAL)) {
            var x = (Tensor) w;
            for (var i = 0; i < OPS; i++) {
                x = x.relu();
            }
            step.discard(x);
        }
    }

    /** The same in training: forward and backward of {@value #OPS} replayed ops, each with a native call in either pass. */
    @Benchmark
    public void hundredOpsTrained() {
        try (var step = session.step(Mode.TRAIN)) {
            var x = (Tensor) w;
            for (var i = 0; i < OPS; i++) {
                x = x.relu();
            }
            step.backward(x);
        }
    }

    /** The native calls of {@link #hundredOpsTrained} alone: what remains is the tape's. */
    @Benchmark
    public void hundredCallsTrained() {
        var n = session.nativeContext();
        var data = w.value.data();
        for (var i = 0; i < OPS; i++) {
            n.check(FoveaNative.fov_relu_forward(n.ctx(), data, data, 1));
            n.check(FoveaNative.fov_relu_backward(n.ctx(), data, data, data, 1));
        }
    }
}
