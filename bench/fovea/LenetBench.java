package fovea;

import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.zoo.Zoo;
import java.util.Arrays;
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
 * A training step of LeNet-5: forward, backward and SGD with momentum. {@code kernelSeconds} beside it is the time inside the ops'
 * native code and the optimizer's per second of the run, hence the share of the time that is not overhead.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Dfovea.debug=false")
public class LenetBench {
    /** Seconds per second: time is counted in seconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double kernelSeconds;
        public double images;
    }

    @Param("64")
    int batch;
    @Param("0")
    int threads;

    private Session session;
    private Model model;
    private Sgd sgd;
    private float[] pixels;
    private int[] labels;
    private long before;

    @Setup
    public void open() {
        session = Session.open(threads > 0 ? Session.options().threads(threads) : Session.options());
        model = Zoo.byName("lenet5").layer(10).build(session, Shape.of(1, 28, 28), 1);
        sgd = new Sgd(model.parameters(), new Sgd.Options(0.001, 0.9, 5e-4));
        pixels = new float[batch * 28 * 28];
        labels = new int[batch];
        for (var i = 0; i < pixels.length; i++) {
            pixels[i] = i * 37 % 256 / 255f;
        }
        Arrays.setAll(labels, i -> i % 10);
    }

    @TearDown
    public void close() {
        session.close();
    }

    private void pass(Step step) {
        var x = step.of(Shape.of(batch, 1, 28, 28), pixels);
        step.backward(model.forward(x).crossEntropy(step.ofInts(Shape.of(batch), labels)));
    }

    @Benchmark
    public void step(Counters counters) {
        try (var step = session.step(Mode.TRAIN)) {
            pass(step);
            sgd.step();
        }
        counters.images += batch;
    }

    /** With every op timed, which costs some 50 ns for each; the optimizer is one native call for all parameters. */
    @Benchmark
    public void timedStep(Counters counters) {
        if (before == 0) {
            session.profiling(true);
        }
        try (var step = session.step(Mode.TRAIN)) {
            pass(step);
            var start = System.nanoTime();
            sgd.step();
            counters.kernelSeconds += (System.nanoTime() - start) / 1e9;
        }
        var now = session.profile(Mode.TRAIN).stream().mapToLong(row -> row.forwardNanos() + row.backwardNanos()).sum();
        counters.kernelSeconds += (now - before) / 1e9;
        counters.images += batch;
        before = now;
    }
}
