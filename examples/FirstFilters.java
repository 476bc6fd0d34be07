///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.Digits;
import fovea.data.Image;
import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.train.Sheet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

// What filters of a first layer look like before and after training, and what they make of a digit.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/FirstFilters.java [page.html] [digits]
void main(String... args) throws Exception {
    var count = args.length > 1 ? Integer.parseInt(args[1]) : 12_000;
    var digits = Digits.train(count, 28, 0);
    var network = sequential(conv2d(16, 7).padding(3), relu(), maxPool2d(2), conv2d(16, 5), relu(), maxPool2d(2), flatten(), dense(10));
    try (var session = Session.open(Session.options().seed(1))) {
        var model = network.build(session, Shape.of(1, 28, 28), 7);
        var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 2e-3));
        var sheet = new Sheet("What a first layer learns to see").text(
                "16 filters of 7 x 7 in the first layer of a small network, trained on %,d digits. Red weights look for ink, blue ones for paper. "
                        + "Before training they are noise; afterwards many are strokes and edges of one direction.", count);
        sheet.pictures("Before training", 100, filters(model));
        sheet.pictures("What they make of a digit", 100, maps(model));
        var before = model.parameter("0.weight").toArray();
        var loss = 0f;
        for (var epoch = 1; epoch <= 3; epoch++) {
            for (var batch : digits.shuffled(epoch).batches(32)) {
                try (var step = session.step(Mode.TRAIN)) {
                    var value = model.forward(step.input(batch)).crossEntropy(batch.labels());
                    step.backward(value);
                    sgd.step();
                    loss = value.item();
                }
            }
        }
        sheet.pictures("After training", 100, filters(model));
        sheet.pictures("What they make of the digit now", 100, maps(model));
        var after = model.parameter("0.weight").toArray();
        sheet.text("Neighbouring weights of a filter agree more than before: their correlation went from %.2f to %.2f. That is what makes "
                + "a filter look like a stroke.", smoothness(before), smoothness(after));
        IO.println("correlation of neighbouring weights: %.2f before, %.2f after; loss of the last batch %.3f".formatted(
                smoothness(before), smoothness(after), loss));
        IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/first-filters.html")));
    }
}

List<Sheet.Picture> filters(Model model) {
    var w = model.parameter("0.weight").toArray();
    var pictures = new ArrayList<Sheet.Picture>();
    for (var f = 0; f < 16; f++) {
        pictures.add(Sheet.Picture.signed("filter " + f, Arrays.copyOfRange(w, f * 49, f * 49 + 49), Shape.of(7, 7)));
    }
    return pictures;
}

List<Sheet.Picture> maps(Model model) {
    var image = new Image();
    Digits.test(1, 28, 3).read(0, image);
    image.toFloats();
    var pictures = new ArrayList<Sheet.Picture>();
    try (var step = model.session().step(Mode.EVAL); var _ = model.onActivation("1", (_, y) -> {
        var all = y.toArray();
        for (var f = 0; f < 16; f++) {
            pictures.add(Sheet.Picture.scaled("map " + f, Arrays.copyOfRange(all, f * 784, f * 784 + 784), Shape.of(28, 28)));
        }
        return y;
    })) {
        model.forward(step.of(Shape.of(1, 1, 28, 28), Arrays.copyOf(image.floats(), 784)));
    }
    return pictures;
}

/** The correlation of horizontally and vertically neighbouring weights. */
double smoothness(float[] w) {
    var product = 0.0;
    var square = 0.0;
    var pairs = 0;
    for (var i = 0; i < w.length; i++) {
        square += w[i] * w[i];
        if (i % 7 < 6) {
            product += w[i] * w[i + 1];
            pairs++;
        }
        if (i / 7 % 7 < 6) {
            product += w[i] * w[i + 7];
            pairs++;
        }
    }
    return product / pairs / (square / w.length);
}
