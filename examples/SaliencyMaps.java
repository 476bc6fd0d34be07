///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.explain.Saliency;
import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.train.*;
import fovea.zoo.Zoo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

// Which pixels speak for a class: gradient, SmoothGrad, integrated and guided gradients, Grad-CAM.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/SaliencyMaps.java [page.html] [digits]
// with published weights: examples/SaliencyMaps.java page.html NETWORK WEIGHTS.safetensors LAYER PHOTO, say vgg16 vgg16.safetensors features.29 cat.jpg
static final float[] MEAN = {0.485f, 0.456f, 0.406f};
static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

void main(String... args) throws Exception {
    var page = Path.of(args.length > 0 ? args[0] : "runs/examples/saliency.html");
    try (var session = Session.open(Session.options().seed(1))) {
        var sheet = new Sheet("Which pixels speak for a class");
        if (args.length > 2) {
            var model = pretrained(session, args[1], args[2]);
            var x = photo(args[4], model.inputShape());
            row(sheet, model, x, best(model, x), args[3], seen(x), 168);
        } else {
            digits(sheet, session, page, args.length > 1 ? Integer.parseInt(args[1]) : 12_000);
        }
        IO.println("written: " + sheet.write(page));
    }
}

void digits(Sheet sheet, Session session, Path page, int count) throws Exception {
    var model = trained(session, page.toAbsolutePath().getParent(), count);
    var test = Digits.test(40, 28, 0);
    sheet.text("A small network, trained on %,d digits. Red pixels raise the score of the class when they get brighter, blue ones lower it; of "
            + "Grad-CAM, bright places speak for the class.", count);
    var shown = new boolean[10];
    var image = new Image();
    for (int i = 0, rows = 0; i < test.size() && rows < 5; i++) {
        if (!shown[test.label(i)]) {
            shown[test.label(i)] = true;
            rows++;
            test.read(i, image);
            image.toFloats();
            var x = Arrays.copyOf(image.floats(), 784);
            row(sheet, model, x, best(model, x), "4", x, 138);
        }
    }
    counterfactual(sheet, model, test);
}

/** What would make a digit another: the gradient of the difference of two scores. */
void counterfactual(Sheet sheet, Model model, Dataset test) {
    var image = new Image();
    var four = 0;
    while (test.label(four) != 4 && four < test.size() - 1) {
        four++;
    }
    test.read(four, image);
    image.toFloats();
    var x = Arrays.copyOf(image.floats(), 784);
    var pictures = new ArrayList<Sheet.Picture>();
    pictures.add(Sheet.Picture.between("a " + test.label(four), x, model.inputShape(), 0, 1));
    var own = Saliency.smooth(model, x, test.label(four), 16, 0.1, 1);
    for (var other : new int[] {9, 1, 7, 0}) {
        var g = Saliency.smooth(model, x, other, 16, 0.1, 1);
        for (var i = 0; i < g.length; i++) {
            g[i] -= own[i];
        }
        pictures.add(Sheet.Picture.signed("to make it a " + other, g, model.inputShape()));
    }
    sheet.pictures("What would turn it into another digit: ink on red, none on blue", 138, pictures);
}

void row(Sheet sheet, Model model, float[] x, int unit, String layer, float[] visible, int side) {
    var shape = model.inputShape();
    var h = (int) shape.dim(1);
    var w = (int) shape.dim(2);
    var heat = Saliency.gradCam(model, x, unit, layer).resized(h, w).values();
    var all = List.of(
            Sheet.Picture.between("input", visible, shape, 0, 1),
            signed("gradient", Saliency.gradient(model, x, unit), shape),
            signed("SmoothGrad, 32 draws", Saliency.smooth(model, x, unit, 32, 0.15, 1), shape),
            signed("integrated, from black, 64 points", Saliency.integrated(model, x, black(model), unit, 64), shape),
            signed("guided", Saliency.guided(model, x, unit), shape),
            Sheet.Picture.scaled("Grad-CAM of layer " + layer, heat, Shape.of(h, w)));
    sheet.pictures("Class " + unit, side, all);
    IO.println("class %d: integrated gradients add up to %.3f".formatted(unit, sum(Saliency.integrated(model, x, black(model), unit, 64))));
}

/** Black: 0, or what that is behind the normalisation. */
float[] black(Model model) {
    var x = new float[(int) model.inputShape().elements()];
    for (var i = 0; i < x.length && model.inputShape().dim(0) == 3; i++) {
        var c = i / (x.length / 3);
        x[i] = -MEAN[c] / DEVIATION[c];
    }
    return x;
}

/** Colours added up: what counts is the place. */
Sheet.Picture signed(String words, float[] map, Shape shape) {
    var plane = (int) (shape.dim(1) * shape.dim(2));
    var sum = new float[plane];
    for (var i = 0; i < map.length; i++) {
        sum[i % plane] += map[i];
    }
    return Sheet.Picture.signed(words, sum, Shape.of(shape.dim(1), shape.dim(2)));
}

double sum(float[] x) {
    var sum = 0.0;
    for (var v : x) {
        sum += v;
    }
    return sum;
}

int best(Model model, float[] x) {
    try (var step = model.session().step(Mode.EVAL)) {
        return model.forward(step.of(Shape.of(1).concat(model.inputShape()), x)).argMax(1).toIntArray()[0];
    }
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

/** A network of the zoo with published weights, and the means and deviations of its colours. */
Model pretrained(Session session, String network, String weights) throws Exception {
    var entry = Zoo.byName(network);
    var model = entry.layer().build(session, entry.input(), 0);
    model.load(Checkpoint.weights(Path.of(weights)));
    return model;
}

/** A photo as such a network takes it. */
float[] photo(String file, Shape shape) {
    var image = new Image();
    Pictures.read(Path.of(file), 3, (int) shape.dim(1), (int) shape.dim(2), image);
    new Normalise(MEAN, DEVIATION).apply(image, new Draws());
    return Arrays.copyOf(image.floats(), image.elements());
}

/** The same as it was before. */
float[] seen(float[] x) {
    var y = new float[x.length];
    for (var i = 0; i < x.length; i++) {
        var c = i / (x.length / 3);
        y[i] = x[i] * DEVIATION[c] + MEAN[c];
    }
    return y;
}
