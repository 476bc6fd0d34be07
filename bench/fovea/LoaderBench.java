package fovea;

import fovea.data.ArrayData;
import fovea.data.Augment;
import fovea.data.Batch;
import fovea.data.Cifar;
import fovea.data.Dataset;
import fovea.data.Digits;
import fovea.data.Loader;
import java.util.Collections;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Images a second through a loader: CIFAR's size with crop, flip and normalise. No worker: one thread does it all. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LoaderBench {
    private static final int IMAGES = 4096;

    @Param({"0", "1"})
    int workers;

    @Param({"false", "true"})
    boolean keepBytes;

    private Loader loader;
    private long epoch;

    @Setup
    public void open() {
        var pixels = new byte[IMAGES * 3072];
        new SplittableRandom(1).nextBytes(pixels);
        Dataset data = ArrayData.of(pixels, new int[IMAGES], Shape.of(3, 32, 32), Collections.nCopies(10, "a"));
        loader = data.loader(Loader.options(128).shuffle(true).workers(workers).keepBytes(keepBytes).augment(
                Augment.randomCrop(32, 4), Augment.flip(), Augment.normalise(Cifar.mean(), Cifar.deviation())));
    }

    @Benchmark
    @OperationsPerInvocation(IMAGES)
    public Batch cifarCropFlipNormalise() {
        Batch last = null;
        for (var batch : loader.epoch(epoch++)) {
            last = batch;
        }
        return last;
    }

    @Benchmark
    @OperationsPerInvocation(IMAGES)
    public Digits drawDigits() {
        return Digits.train(IMAGES, 28, epoch++);
    }

    @TearDown
    public void close() {
        loader.close();
    }
}
