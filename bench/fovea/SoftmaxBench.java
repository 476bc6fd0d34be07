package fovea;

import fovea.op.CrossEntropy;
import fovea.op.Softmax;
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

/** Softmax, and cross-entropy with its backward pass, over the last layers of LeNet-5, CIFAR-10 and ImageNet networks. */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Dfovea.debug=false")
@Measures({Softmax.class, CrossEntropy.class})
public class SoftmaxBench {
    @Param({"64", "256"})
    int rows;
    @Param({"10", "1000"})
    int classes;
    @Param("0")
    int threads;

    private Session session;
    private Parameter scores;
    private Tensor labels;
    private float[] x;
    private float[] y;
    private int[] ids;

    @Setup
    public void open() {
        session = Session.open(threads > 0 ? Session.options().threads(threads) : Session.options());
        scores = session.parameter("scores", Shape.of(rows, classes));
        labels = session.tensor("labels", Shape.of(rows), ElementType.I32);
        x = new float[rows * classes];
        y = new float[rows * classes];
        ids = new int[rows];
        for (var i = 0; i < x.length; i++) {
            x[i] = (i * 37 % 1021 - 510) / 100f;
        }
        for (var i = 0; i < rows; i++) {
            ids[i] = i * 7 % classes;
        }
        scores.copyFrom(x);
        labels.copyFrom(ids);
    }

    @TearDown
    public void close() {
        session.close();
    }

    float[] ownResult() {
        try (var step = session.step(Mode.EVAL)) {
            return step.apply(new Softmax(1, false), scores).toArray();
        }
    }

    /** The gradient of the mean cross-entropy. */
    float[] ownGradient() {
        crossEntropyOwn();
        return scores.grad();
    }

    @Benchmark
    public void softmaxOwn() {
        try (var step = session.step(Mode.EVAL)) {
            step.discard(scores.softmax(1));
        }
    }

    @Benchmark
    public float[] softmaxPlainJava() {
        for (var r = 0; r < rows; r++) {
            var largest = Float.NEGATIVE_INFINITY;
            for (var k = r * classes; k < (r + 1) * classes; k++) {
                largest = Math.max(largest, x[k]);
            }
            var sum = 0f;
            for (var k = r * classes; k < (r + 1) * classes; k++) {
                y[k] = (float) Math.exp(x[k] - largest);
                sum += y[k];
            }
            for (var k = r * classes; k < (r + 1) * classes; k++) {
                y[k] /= sum;
            }
        }
        return y;
    }

    @Benchmark
    public void crossEntropyOwn() {
        try (var step = session.step(Mode.TRAIN)) {
            step.backward(scores.crossEntropy(labels));
        }
    }

    @Benchmark
    public float[] crossEntropyPlainJava() {
        softmaxPlainJava();
        for (var r = 0; r < rows; r++) {
            y[r * classes + ids[r]] -= 1;
            for (var k = r * classes; k < (r + 1) * classes; k++) {
                y[k] /= rows;
            }
        }
        return y;
    }
}
