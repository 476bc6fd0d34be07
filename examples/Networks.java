import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.train.*;
import fovea.zoo.Zoo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** What Dreams, SaliencyMaps and CodesInAPlane look into: a small network for digits, or one of the zoo with published weights. */
final class Networks {
    static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    private Networks() {
    }

    /** Where the small network is kept: beside the page. */
    static Path file(Path page, int count) {
        return page.toAbsolutePath().getParent().resolve("digits-cnn-" + count + ".safetensors");
    }

    /** A small network, trained once on so many digits and kept. */
    static Model ofDigits(Session session, Path page, int count) throws Exception {
        var model = sequential(conv2d(16, 5).padding(2), relu(), maxPool2d(2), conv2d(32, 5).padding(2), relu(), maxPool2d(2), flatten(),
                dense(64), relu(), dense(10)).build(session, Shape.of(1, 28, 28), 7);
        var file = file(page, count);
        if (Files.exists(file)) {
            model.load(Checkpoint.weights(file));
            return model;
        }
        var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 5e-4));
        for (var epoch = 1; epoch <= 2; epoch++) {
            for (var batch : Digits.train(count, 28, 0).shuffled(epoch).batches(32)) {
                try (var step = session.step(Mode.TRAIN)) {
                    step.backward(model.forward(step.input(batch)).crossEntropy(batch.labels()));
                    sgd.step();
                }
            }
        }
        TensorFile.write(file, Map.of(), TensorFile.arrays(model.state()));
        return model;
    }

    /** A network of the zoo with published weights. */
    static Model published(Session session, String network, String weights) throws Exception {
        var entry = Zoo.byName(network);
        var model = entry.layer().build(session, entry.input(), 0);
        model.load(Checkpoint.weights(Path.of(weights)));
        return model;
    }

    /** A photo as such a network takes it. */
    static float[] photo(String file, Shape shape) {
        var image = new Image();
        Pictures.read(Path.of(file), 3, (int) shape.dim(1), (int) shape.dim(2), image);
        new Normalise(MEAN, DEVIATION).apply(image, new Draws());
        return Arrays.copyOf(image.floats(), image.elements());
    }

    /** The same as it was before. */
    static float[] seen(float[] x) {
        var y = new float[x.length];
        for (var i = 0; i < x.length; i++) {
            var c = i / (x.length / 3);
            y[i] = x[i] * DEVIATION[c] + MEAN[c];
        }
        return y;
    }
}
