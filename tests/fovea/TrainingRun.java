package fovea;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.dropout;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.optim.Sgd;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** A small network that is trained, and a hash of all its losses and weights; as the main class of a JVM of its own, it prints it. */
final class TrainingRun {
    private static final int BATCH = 8;

    private TrainingRun() {
    }

    public static void main(String[] args) {
        System.out.println("hash: " + hash(Session.options().threads(Integer.parseInt(args[0])).seed(5), Integer.parseInt(args[1])));
    }

    /** Convolutions that several implementations can compute, batch norm, dropout, pooling and products take part. */
    static String hash(Session.Options options, int steps) {
        try (var session = Session.open(options)) {
            var model = sequential(conv2d(16, 3).padding(1), batchNorm(), relu(), maxPool2d(2), conv2d(32, 3).padding(1), relu(),
                    conv2d(20, 3).stride(2), relu(), dropout(0.25f), flatten(), dense(24), relu(), dense(10))
                    .build(session, Shape.of(3, 14, 14), options.seed());
            var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 1e-4));
            sgd.clipNorm(5);
            var random = new SplittableRandom(options.seed());
            var digest = MessageDigest.getInstance("SHA-256");
            var pixels = new float[BATCH * 3 * 14 * 14];
            var labels = new int[BATCH];
            for (var i = 0; i < steps; i++) {
                for (var k = 0; k < pixels.length; k++) {
                    pixels[k] = (float) random.nextGaussian();
                }
                for (var k = 0; k < BATCH; k++) {
                    labels[k] = random.nextInt(10);
                }
                try (var step = session.step(Mode.TRAIN)) {
                    var loss = model.forward(step.of(Shape.of(BATCH, 3, 14, 14), pixels))
                            .crossEntropy(step.ofInts(Shape.of(BATCH), labels));
                    step.backward(loss);
                    sgd.step();
                    add(digest, loss.item());
                }
            }
            for (var parameter : model.parameters()) {
                add(digest, parameter.toArray());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void add(MessageDigest digest, float... numbers) {
        var bytes = ByteBuffer.allocate(4 * numbers.length);
        for (var v : numbers) {
            if (Float.isNaN(v)) {
                throw new IllegalStateException("the run diverged: it would prove nothing");
            }
            bytes.putFloat(v);
        }
        digest.update(bytes.array());
    }
}
