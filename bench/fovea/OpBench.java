package fovea;

import fovea.op.Activation;
import fovea.op.AdaptiveAvgPool;
import fovea.op.AdaptiveMaxPool;
import fovea.op.AvgPool;
import fovea.op.BatchNorm;
import fovea.op.Binary;
import fovea.op.Concat;
import fovea.op.Conv;
import fovea.op.ConvMaxPool;
import fovea.op.ConvTranspose;
import fovea.op.Convert;
import fovea.op.Detach;
import fovea.op.Expand;
import fovea.op.Extents;
import fovea.op.Gather;
import fovea.op.GatherElements;
import fovea.op.GroupNorm;
import fovea.op.ImageToFloat;
import fovea.op.InstanceNorm;
import fovea.op.Interpolation;
import fovea.op.LayerNorm;
import fovea.op.Linear;
import fovea.op.LocalResponseNorm;
import fovea.op.LocalResponseNormWithin;
import fovea.op.LpPool;
import fovea.op.MatMul;
import fovea.op.MaxPool;
import fovea.op.MaxUnpool;
import fovea.op.OneHot;
import fovea.op.Op;
import fovea.op.Pad;
import fovea.op.Permute;
import fovea.op.RandomRelu;
import fovea.op.Reduce;
import fovea.op.Reshape;
import fovea.op.Resize;
import fovea.op.Roll;
import fovea.op.Slice;
import fovea.op.Split;
import fovea.op.SquaredDistance;
import fovea.op.StochasticPool;
import fovea.op.SubSample;
import fovea.op.SumPool;
import fovea.op.Where;
import fovea.op.Window;
import java.util.ArrayList;
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
 * Ops on feature maps [batch, 64, 28, 28]: passes per second, and beside them the GB/s of inputs and outputs, to be compared with
 * {@link #copy} in the same run. What has a bench of its own is not here. One op: {@code -p subject=PERMUTE}.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Dfovea.debug=false")
@Measures({AdaptiveAvgPool.class, AdaptiveMaxPool.class, AvgPool.class, BatchNorm.class, Binary.class, Concat.class, ConvMaxPool.class,
        ConvTranspose.class,
        Convert.class, Detach.class, Expand.class, Gather.class, GatherElements.class, GroupNorm.class, ImageToFloat.class,
        InstanceNorm.class, LayerNorm.class, Linear.class, LocalResponseNorm.class, LocalResponseNormWithin.class, LpPool.class,
        MatMul.class, MaxPool.class, MaxUnpool.class, OneHot.class, Pad.class, Permute.class, RandomRelu.class, Reduce.class, Reshape.class,
        Resize.class, Roll.class, Slice.class, Split.class, SquaredDistance.class, StochasticPool.class, SubSample.class, SumPool.class,
        Where.class})
public class OpBench {
    private static final int CHANNELS = 64;
    private static final int SIDE = 28;

    /** What is computed, and of what. */
    public enum Subject {
        ADAPTIVE_AVG_POOL, ADAPTIVE_MAX_POOL, AVG_POOL, BATCH_NORM, BINARY, CONCAT, CONV_MAX_POOL, CONV_TRANSPOSE, CONVERT, DETACH, EXPAND, GATHER, GATHER_ELEMENTS, GROUP_NORM, IMAGE_TO_FLOAT, INSTANCE_NORM, LAYER_NORM, LINEAR, LOCAL_RESPONSE_NORM, LOCAL_RESPONSE_NORM_WITHIN, LP_POOL, MATMUL, MAX_POOL, MAX_UNPOOL, ONE_HOT, PAD, PERMUTE, RANDOM_RELU, REDUCE, RESHAPE, RESIZE, ROLL, SLICE, SPLIT, SQUARED_DISTANCE, STOCHASTIC_POOL, SUB_SAMPLE, SUM_POOL, WHERE
    }

    /** GB/s, as time is counted in seconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gigabytes;
    }

    @Param
    Subject subject;
    @Param("32")
    int batch;
    @Param("0")
    int threads;

    private Session session;
    private Op op;
    private final List<Tensor> inputs = new ArrayList<>();
    private Parameter from;
    private Parameter to;
    private float[] seed;
    private double bytes;

    @Setup
    public void open() {
        session = Session.open(threads > 0 ? Session.options().threads(threads) : Session.options());
        from = maps(CHANNELS, SIDE);
        to = maps(CHANNELS, SIDE);
        op = prepare();
        try (var step = session.step(Mode.TRAIN)) {
            var outputs = run(step);
            for (var tensor : inputs) {
                bytes += tensor.shape().elements() * (double) tensor.type().bytes();
            }
            for (var tensor : outputs) {
                bytes += tensor.shape().elements() * (double) tensor.type().bytes();
            }
            seed = new float[(int) outputs[0].shape().elements()];
            Arrays.fill(seed, 1);
        }
    }

    @TearDown
    public void close() {
        session.close();
    }

    private Parameter numbers(long... dims) {
        var parameter = session.parameter("p" + Arrays.toString(dims) + inputs.size(), Shape.of(dims));
        var elements = new float[(int) parameter.shape().elements()];
        for (var i = 0; i < elements.length; i++) {
            elements[i] = (i * 37 % 1021 - 510) / 100f;
        }
        parameter.copyFrom(elements);
        return parameter;
    }

    private Parameter maps(int channels, int side) {
        return numbers(batch, channels, side, side);
    }

    private Tensor ids(int below, long... dims) {
        var tensor = session.tensor("ids", Shape.of(dims), ElementType.I32);
        var ids = new int[(int) tensor.shape().elements()];
        Arrays.setAll(ids, i -> i * 37 % below);
        tensor.copyFrom(ids);
        return tensor;
    }

    private Op on(Op what, Tensor... tensors) {
        inputs.addAll(List.of(tensors));
        return what;
    }

    /** The op, with its inputs in their list. */
    private Op prepare() {
        var x = from;
        var halves = Window.of(2, 2);
        return switch (subject) {
            case ADAPTIVE_AVG_POOL -> on(new AdaptiveAvgPool(Extents.of(7, 7)), x);
            case ADAPTIVE_MAX_POOL -> on(new AdaptiveMaxPool(Extents.of(7, 7), false), x);
            case AVG_POOL -> on(new AvgPool(halves), x);
            case BATCH_NORM -> on(BatchNorm.of(true).running(false), x, numbers(CHANNELS), numbers(CHANNELS));
            case BINARY -> on(Binary.MULTIPLY, x, to);
            case CONCAT -> on(new Concat(1), x, to);
            case CONV_MAX_POOL -> on(new ConvMaxPool(Conv.of(2).padding(1).activation(Activation.RELU), halves), x,
                    numbers(CHANNELS, CHANNELS, 3, 3));
            case CONV_TRANSPOSE -> on(ConvTranspose.of(2).stride(2), x, numbers(CHANNELS, 32, 2, 2));
            case CONVERT -> on(new Convert(ElementType.BF16), x);
            case DETACH -> on(Detach.DETACH, x);
            case EXPAND -> on(new Expand(x.shape()), numbers(batch, CHANNELS, 1, 1));
            case GATHER -> on(new Gather(1), x, ids(CHANNELS, CHANNELS));
            case GATHER_ELEMENTS -> on(new GatherElements(3), x, ids(SIDE, batch, CHANNELS, SIDE, SIDE));
            case GROUP_NORM -> on(GroupNorm.of(8), x, numbers(CHANNELS), numbers(CHANNELS));
            case IMAGE_TO_FLOAT -> on(new ImageToFloat(true, List.of(0.5f, 0.5f, 0.5f), List.of(0.2f, 0.2f, 0.2f)),
                    session.tensor("images", Shape.of(batch, 224, 224, 3), ElementType.U8));
            case INSTANCE_NORM -> on(new InstanceNorm(1e-5f, false), x);
            case LAYER_NORM -> on(new LayerNorm(3, 1e-5f, false), x);
            case LINEAR -> on(Linear.LINEAR, numbers(batch, 1024), numbers(1024, 1024));
            case LOCAL_RESPONSE_NORM -> on(new LocalResponseNorm(5, 5e-4f, 0.75f, 2), x);
            case LOCAL_RESPONSE_NORM_WITHIN -> on(new LocalResponseNormWithin(3, 5e-4f, 0.75f, 2), x);
            case LP_POOL -> on(new LpPool(halves, 2), x);
            case MATMUL -> on(MatMul.MATMUL, numbers(batch, 64, 64), numbers(64, 64));
            case MAX_POOL -> on(new MaxPool(halves), x);
            case MAX_UNPOOL -> on(new MaxUnpool(Extents.of(SIDE, SIDE)), maps(CHANNELS, SIDE / 2),
                    ids(SIDE * SIDE, batch, CHANNELS, SIDE / 2, SIDE / 2));
            case ONE_HOT -> on(new OneHot(1000), ids(1000, batch));
            case PAD -> on(new Pad(Pad.Mode.REFLECT, List.of(new Pad.Margin(2, 2, 2), new Pad.Margin(3, 2, 2)), 0), x);
            case PERMUTE -> on(Permute.of(0, 2, 3, 1), x);
            case RANDOM_RELU -> on(new RandomRelu(0.1f, 0.3f), x);
            case REDUCE -> on(Reduce.of(Reduce.Kind.SUM, 0, 2, 3), x);
            case RESHAPE -> on(new Reshape(Shape.of(batch, CHANNELS * SIDE * SIDE)), x);
            case RESIZE -> on(new Resize(Interpolation.LINEAR, Resize.Grid.HALF_PIXEL, List.of(new Resize.Axis(2, 2 * SIDE),
                    new Resize.Axis(3, 2 * SIDE))), x);
            case ROLL -> on(new Roll(new Roll.Shift(3, 5)), x);
            case SLICE -> on(new Slice(new Slice.Range(1, 0, CHANNELS / 2, 1)), x);
            case SPLIT -> on(new Split(1, List.of(CHANNELS / 2L, CHANNELS / 2L)), x);
            case SQUARED_DISTANCE -> on(SquaredDistance.SQUARED_DISTANCE, numbers(batch, 1024), numbers(100, 1024));
            case STOCHASTIC_POOL -> on(new StochasticPool(halves, true), x);
            case SUB_SAMPLE -> on(new SubSample(halves), x, numbers(CHANNELS), numbers(CHANNELS));
            case SUM_POOL -> on(new SumPool(halves), x);
            case WHERE -> on(Where.WHERE, x, to, to);
        };
    }

    Op op() {
        return op;
    }

    private Tensor[] run(Step step) {
        return step.applyAll(op, inputs.toArray(Tensor[]::new));
    }

    @Benchmark
    public void forward(Counters counters) {
        try (var step = session.step(Mode.EVAL)) {
            run(step);
        }
        counters.gigabytes += bytes / 1e9;
    }

    /** Forward and backward, where there is a gradient; the seed gradient is copied too. */
    @Benchmark
    public void both(Counters counters) {
        try (var step = session.step(Mode.TRAIN)) {
            var y = run(step)[0];
            if (y.needsGrad()) {
                step.backward(y, Gradients.REPLACE, seed);
            }
        }
        counters.gigabytes += 2 * bytes / 1e9;
    }

    @Benchmark
    public void copy(Counters counters) {
        to.data().copyFrom(from.data());
        counters.gigabytes += from.shape().elements() * 8e-9;
    }
}
