///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.explain.Features;
import fovea.explain.Tsne;
import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.train.*;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

// How layers arrange digits: t-SNE of pixels, and of what two layers make of them.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/CodesInAPlane.java [page.html] [digits]
void main(String... args) throws Exception {
    var page = Path.of(args.length > 0 ? args[0] : "runs/examples/codes.html");
    var count = args.length > 1 ? Integer.parseInt(args[1]) : 12_000;
    var test = Digits.test(Math.min(900, count / 4), 28, 0);
    var sheet = new Sheet("How layers arrange digits").text(
            "%,d test digits that a small network has not seen, as points in a plane where neighbours stay neighbours (t-SNE). The network "
                    + "learned from %,d others. Pixels mix what looks alike; the last hidden layer knows what belongs together.", test.size(),
            count);
    try (var session = Session.open(Session.options().seed(1))) {
        var model = trained(session, page.toAbsolutePath().getParent(), count);
        var pixels = new float[test.size()][784];
        var labels = new int[test.size()];
        var image = new Image();
        for (var i = 0; i < pixels.length; i++) {
            test.read(i, image);
            labels[i] = test.label(i);
            for (var k = 0; k < 784; k++) {
                pixels[i][k] = image.get(k) / 255;
            }
        }
        cloud(sheet, "Pixels", pixels, labels, test);
        cloud(sheet, "Second convolution, pooled", Features.of(model, "5", test, Loader.options(100)).rows(), labels, test);
        cloud(sheet, "Last hidden layer", Features.of(model, "8", test, Loader.options(100)).rows(), labels, test);
    }
    IO.println("written: " + sheet.write(page));
}

void cloud(Sheet sheet, String name, float[][] codes, int[] labels, Dataset data) {
    var plane = Tsne.options().map(codes);
    var same = 0;
    for (var i = 0; i < plane.length; i++) {
        var nearest = -1;
        var best = Double.POSITIVE_INFINITY;
        for (var j = 0; j < plane.length; j++) {
            var d = Math.hypot(plane[i][0] - plane[j][0], plane[i][1] - plane[j][1]);
            if (j != i && d < best) {
                best = d;
                nearest = j;
            }
        }
        same += labels[i] == labels[nearest] ? 1 : 0;
    }
    var share = 100.0 * same / plane.length;
    IO.println("%s: the nearest neighbour in the plane is the same digit for %.1f %%".formatted(name, share));
    sheet.cloud("%s: the nearest neighbour is the same digit for %.1f %%".formatted(name, share), plane, labels, data.classes());
}

/** A small network for digits, trained once and kept beside the page. */
Model trained(Session session, Path folder, int count) throws Exception {
    var model = sequential(conv2d(16, 5).padding(2), relu(), maxPool2d(2), conv2d(32, 5).padding(2), relu(), maxPool2d(2), flatten(),
            dense(64), relu(), dense(10)).build(session, Shape.of(1, 28, 28), 7);
    var file = folder.resolve("digits-cnn-" + count + ".safetensors");
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
