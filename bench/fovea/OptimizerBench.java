package fovea;

import fovea.op.Reduce;
import fovea.optim.Sgd;
import fovea.purejava.Arithmetic;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * A training step of parameters whose loss is their sum: it reads them once, fills their gradient, and SGD with momentum reads three
 * arrays and writes two. {@link #copy} is the bandwidth of as much memory. All optimizers alone: {@code fovea-sweep optimizer}.
 */
public class OptimizerBench extends Bandwidth {
    private static final float RATE = 0.01f;
    private static final float MOMENTUM = 0.9f;
    private static final float DECAY = 5e-4f;

    @Param({"61706", "11700000"})
    int parameters;

    private Sgd sgd;
    private float[] dw;
    private float[] v;

    @Setup
    public void open() {
        open(Shape.of(parameters));
        dw = new float[parameters];
        v = new float[parameters];
        sgd = new Sgd(List.of(in), new Sgd.Options(RATE, MOMENTUM, DECAY));
    }

    /** The parameters after the step. */
    @Override
    float[] java(Arithmetic arithmetic, Counters counters) {
        Arithmetic.parallel(16, task -> {
            var from = (int) ((long) parameters * task / 16);
            var to = (int) ((long) parameters * (task + 1) / 16);
            arithmetic.sums(x, from, to, new double[2]);
            Arrays.fill(dw, from, to, 1);
            arithmetic.update(x, dw, v, from, to, RATE, MOMENTUM, DECAY);
        });
        counters.add(x, 28);
        return x;
    }

    @Benchmark
    public void own(Counters counters) {
        try (var step = session.step(Mode.TRAIN)) {
            step.backward(step.apply(Reduce.of(Reduce.Kind.SUM), in));
        }
        sgd.step();
        counters.add(x, 28);
    }

    float[] ownParameters() {
        return in.toArray();
    }
}
