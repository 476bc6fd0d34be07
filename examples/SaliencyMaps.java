///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//SOURCES Networks.java
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import fovea.*;
import fovea.data.*;
import fovea.explain.Saliency;
import fovea.nn.Model;
import fovea.train.*;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

// Which pixels speak for a class: gradient, SmoothGrad, integrated and guided gradients, Grad-CAM.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/SaliencyMaps.java [page.html] [digits]
// with published weights: examples/SaliencyMaps.java page.html NETWORK WEIGHTS.safetensors LAYER PHOTO, say vgg16 vgg16.safetensors features.29 cat.jpg
void main(String... args) throws Exception {
    var page = Path.of(args.length > 0 ? args[0] : "runs/examples/saliency.html");
    try (var session = Session.open(Session.options().seed(1))) {
        var sheet = new Sheet("Which pixels speak for a class");
        if (args.length > 2) {
            var model = Networks.published(session, args[1], args[2]);
            var x = Networks.photo(args[4], model.inputShape());
            row(sheet, model, x, best(model, x), args[3], Networks.seen(x), 168);
        } else {
            digits(sheet, session, page, args.length > 1 ? Integer.parseInt(args[1]) : 12_000);
        }
        IO.println("written: " + sheet.write(page));
    }
}

void digits(Sheet sheet, Session session, Path page, int count) throws Exception {
    var model = Networks.ofDigits(session, page, count);
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
        x[i] = -Networks.MEAN[c] / Networks.DEVIATION[c];
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
