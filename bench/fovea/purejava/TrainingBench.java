package fovea.purejava;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.optim.Sgd;
import java.util.ArrayList;
import java.util.List;
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

/** A whole training step, forward, backward and update, of LeNet-5 (batch 64) and of a VGG for CIFAR (batch 32). */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Dfovea.debug=false", "--add-modules=jdk.incubator.vector"})
public class TrainingBench {
    /** Which network. */
    public enum Kind {
        LENET, VGG;

        int batch() {
            return this == LENET ? 64 : 32;
        }

        Shape image() {
            return this == LENET ? Shape.of(1, 28, 28) : Shape.of(3, 32, 32);
        }

        /** The same as {@link Network} has it. */
        Layer layer() {
            if (this == LENET) {
                return sequential(conv2d(6, 5).padding(2), relu(), maxPool2d(2), conv2d(16, 5), relu(), maxPool2d(2), flatten(), dense(120),
                        relu(), dense(84), relu(), dense(10));
            }
            var layers = new ArrayList<Layer>();
            for (var filters : new int[] {64, 128, 256}) {
                for (var i = 0; i < 2; i++) {
                    layers.addAll(List.of(conv2d(filters, 3).padding(1).bias(false), batchNorm(), relu()));
                }
                layers.add(maxPool2d(2));
            }
            layers.addAll(List.of(flatten(), dense(256), relu(), dense(10)));
            return sequential(layers);
        }

        Network network(Arithmetic arithmetic) {
            return this == LENET ? Network.lenet(arithmetic, batch()) : Network.vgg(arithmetic, batch());
        }
    }

    @Param
    Kind kind;

    private Session session;
    private Model model;
    private Sgd sgd;
    private Network plain;
    private Network vector;
    private float[] images;
    private int[] labels;

    @Setup
    public void open() {
        session = Session.open();
        model = kind.layer().build(session, kind.image(), 1);
        sgd = new Sgd(model.parameters(), new Sgd.Options(0.01, 0.9, 5e-4));
        plain = kind.network(new PlainJava());
        vector = kind.network(new VectorApi());
        images = new float[(int) (kind.batch() * kind.image().elements())];
        labels = new int[kind.batch()];
        for (var i = 0; i < images.length; i++) {
            images[i] = (i * 37 % 255 - 127) / 128f;
        }
        for (var i = 0; i < labels.length; i++) {
            labels[i] = i % 10;
        }
    }

    @TearDown
    public void close() {
        session.close();
    }

    @Benchmark
    public double plainJava() {
        return plain.step(images, labels, 0.01f);
    }

    @Benchmark
    public double vectorApi() {
        return vector.step(images, labels, 0.01f);
    }

    @Benchmark
    public double own() {
        try (var step = session.step(Mode.TRAIN)) {
            var loss = model.forward(step.of(Shape.of(labels.length).concat(kind.image()), images)).crossEntropy(
                    step.ofInts(Shape.of(labels.length), labels));
            sgd.backward(step, loss);
            return loss.item();
        }
    }
}
