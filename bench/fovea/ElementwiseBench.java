package fovea;

import fovea.op.Add;
import fovea.op.Dropout;
import fovea.op.Op;
import fovea.op.Relu;
import fovea.op.Unary;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
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
 * Element by element, in GB/s of what is read and written; {@link #copy} is the bandwidth of the level of memory that the data sits in.
 * 16384 elements stay in the second-level cache, 2^20 in the third, 2^24 in neither: {@code -p size=16384 -p function=TANH}.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
@Measures({Relu.class, Unary.class, Add.class, Dropout.class})
public class ElementwiseBench {
    /** What is computed. */
    public enum Function {
        RELU(Relu.RELU), EXP(Unary.EXP), TANH(Unary.TANH), SIGMOID(Unary.SIGMOID), GELU(Unary.GELU), ADD(Add.ADD), BIAS(Add.ADD), DROPOUT(
                new Dropout(0.5f, Dropout.Per.ELEMENT));

        final Op op;

        Function(Op op) {
            this.op = op;
        }
    }

    /** GB/s, as time is counted in seconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gigabytes;
    }

    @Param
    Function function;
    @Param({"16384", "1048576", "16777216"})
    int size;
    @Param("0")
    int threads;

    float[] x;
    float[] y;
    private Session session;
    private Parameter in;
    private Parameter out;
    private Parameter bias;

    @Setup
    public void open() {
        session = Session.open(threads > 0 ? Session.options().threads(threads) : Session.options());
        // 64 channels of size / 64 positions.
        in = session.parameter("x", Shape.of(1, 64, size / 64));
        out = session.parameter("y", Shape.of(1, 64, size / 64));
        bias = session.parameter("b", Shape.of(64, 1));
        x = new float[size];
        y = new float[size];
        for (var i = 0; i < size; i++) {
            x[i] = (i % 1021 - 510) / 100f;
        }
        in.copyFrom(x);
        bias.copyFrom(java.util.Arrays.copyOf(x, 64));
    }

    @TearDown
    public void close() {
        session.close();
    }

    private double bytes() {
        return size * (function == Function.ADD ? 12.0 : 8.0);
    }

    private Tensor apply(Step step) {
        return switch (function) {
            case ADD -> step.apply(function.op, in, in);
            case BIAS -> step.apply(function.op, in, bias);
            default -> step.apply(function.op, in);
        };
    }

    float[] ownResult() {
        try (var step = session.step(Mode.EVAL)) {
            return apply(step).toArray();
        }
    }

    @Benchmark
    public void own(Counters counters) {
        try (var step = session.step(Mode.EVAL)) {
            step.discard(apply(step));
        }
        counters.gigabytes += bytes() / 1e9;
    }

    @Benchmark
    public void copy(Counters counters) {
        out.data().copyFrom(in.data());
        counters.gigabytes += size * 8e-9;
    }

    @Benchmark
    public float[] plainJava(Counters counters) {
        for (var i = 0; i < size; i++) {
            var v = x[i];
            y[i] = switch (function) {
                case RELU -> Math.max(v, 0);
                case EXP -> (float) Math.exp(v);
                case TANH -> (float) Math.tanh(v);
                case SIGMOID -> (float) (1 / (1 + Math.exp(-v)));
                case GELU -> (float) (v / (1 + Math.exp(-1.5957691216 * (v + 0.044715 * v * v * v))));
                case ADD -> v + v;
                case BIAS -> v + x[i / (size / 64)];
                case DROPOUT -> java.util.concurrent.ThreadLocalRandom.current().nextFloat() < 0.5f ? 0 : 2 * v;
            };
        }
        counters.gigabytes += bytes() / 1e9;
        return y;
    }

    /** Dropout has no random vectors in that API, so it takes the plain loop. */
    @Benchmark
    public float[] vectorApi(Counters counters) {
        if (function == Function.DROPOUT) {
            return plainJava(counters);
        }
        var species = FloatVector.SPECIES_PREFERRED;
        var plane = size / 64;
        for (var i = 0; i < size; i += species.length()) {
            var v = FloatVector.fromArray(species, x, i);
            (switch (function) {
                case RELU -> v.max(0);
                case EXP -> v.lanewise(VectorOperators.EXP);
                case TANH -> v.lanewise(VectorOperators.TANH);
                case SIGMOID -> v.neg().lanewise(VectorOperators.EXP).add(1).pow(-1);
                case GELU -> v.div(v.mul(v).mul(0.044715f).add(1).mul(v).mul(-1.5957691216f).lanewise(VectorOperators.EXP).add(1));
                case ADD -> v.add(v);
                case BIAS -> v.add(x[i / plane]);
                case DROPOUT -> throw new IllegalStateException();
            }).intoArray(y, i);
        }
        counters.gigabytes += bytes() / 1e9;
        return y;
    }
}
