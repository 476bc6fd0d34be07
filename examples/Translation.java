///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.Digits;
import fovea.data.Image;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.train.Sheet;
import java.nio.file.Path;

// What happens when the input moves: convolution moves with it (equivariance), pooling forgets it (invariance), a dense layer does neither.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/Translation.java [page.html] [digits]
static final int SIDE = 64;
static final int DIGIT = 28;
static final int MOST = 12;

void main(String... args) throws Exception {
    var count = args.length > 1 ? Integer.parseInt(args[1]) : 40;
    var x = scenes(count);
    try (var session = Session.open(Session.options().seed(1))) {
        var in = Shape.of(1, SIDE, SIDE);
        var conv = conv2d(8, 5).padding(2);
        var sheet = new Sheet("What moves with the input, and what does not").text(
                "%d digits lie in the middle of %d x %d black pixels and are moved to the right. All weights are random: none of this is learned.",
                count, SIDE, SIDE);

        // Equivariance: f(moved x) against moved f(x), relative to the size of f(x). A stride of s lets s places become one.
        sheet.lines("Equivariance: difference of f(moved x) and moved f(x)", "pixels moved", "relative difference", false,
                equivariance(session, "convolution", sequential(conv, relu()), in, x, 1),
                equivariance(session, "convolution, stride 2", sequential(conv.stride(2), relu()), in, x, 2),
                equivariance(session, "convolution, then max-pool 4", sequential(conv, relu(), maxPool2d(4)), in, x, 4),
                equivariance(session, "dense layer", sequential(flatten(), dense(SIDE * SIDE), reshape(1, SIDE, SIDE), relu()), in, x, 1));
        sheet.text("A convolution commutes with every move. With stride 2 it does so for moves of whole strides; in between, it sees other "
                + "pixels. A dense layer has a weight of its own for every place, and a moved digit is a new digit to it.");

        // Invariance: f(moved x) against f(x).
        var features = sequential(conv, relu());
        sheet.lines("Invariance: difference of f(moved x) and f(x)", "pixels moved", "relative difference", false,
                invariance(session, "no pooling", features, in, x),
                invariance(session, "max-pool 4", sequential(features, maxPool2d(4)), in, x),
                invariance(session, "max-pool 8", sequential(features, maxPool2d(8)), in, x),
                invariance(session, "max-pool 16", sequential(features, maxPool2d(16)), in, x),
                invariance(session, "global max-pool", sequential(features, globalMaxPool()), in, x));
        sheet.text("The larger the window, the less a small move changes. Over the whole plane nothing is left of the place: exactly 0.");

        pictures(sheet, session, in, x);
        IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/translation.html")));
    }
}

/** Digits in the middle of larger black squares, as floats. */
float[] scenes(int count) {
    var digits = Digits.test(count, DIGIT, 0);
    var x = new float[count * SIDE * SIDE];
    var image = new Image();
    var margin = (SIDE - DIGIT) / 2;
    for (var i = 0; i < count; i++) {
        digits.read(i, image);
        for (var p = 0; p < DIGIT * DIGIT; p++) {
            x[(i * SIDE + margin + p / DIGIT) * SIDE + margin + p % DIGIT] = image.get(p) / 255;
        }
    }
    return x;
}

/** What a model gives for images moved to the right; the black margin is wide enough that nothing comes around. */
float[] output(Model model, float[] x, int moved, int movedBack) {
    try (var step = model.session().step(Mode.EVAL)) {
        var y = model.forward(step.of(Shape.of(x.length / SIDE / SIDE, 1, SIDE, SIDE), x).roll(-1, moved));
        return (movedBack == 0 ? y : y.roll(-1, -movedBack)).toArray();
    }
}

double difference(float[] a, float[] b) {
    var apart = 0.0;
    var size = 0.0;
    for (var i = 0; i < a.length; i++) {
        apart += Math.pow(a[i] - b[i], 2);
        size += Math.pow(b[i], 2);
    }
    return Math.sqrt(apart / size);
}

Sheet.Line equivariance(Session session, String name, Layer layer, Shape in, float[] x, int stride) {
    var model = layer.build(session, in, 3);
    var still = output(model, x, 0, 0);
    var d = new double[MOST + 1];
    for (var m = 0; m <= MOST; m++) {
        // Of a move that is no whole number of strides, the output can follow the nearest whole number only.
        d[m] = difference(output(model, x, m, Math.round((float) m / stride)), still);
    }
    IO.println("%s: largest difference at whole strides %.1e".formatted(name, d[stride * (MOST / stride)]));
    return new Sheet.Line(name, places(), d);
}

Sheet.Line invariance(Session session, String name, Layer layer, Shape in, float[] x) {
    var model = layer.build(session, in, 3);
    var still = output(model, x, 0, 0);
    var d = new double[MOST + 1];
    for (var m = 0; m <= MOST; m++) {
        d[m] = difference(output(model, x, m, 0), still);
    }
    return new Sheet.Line(name, places(), d);
}

double[] places() {
    var x = new double[MOST + 1];
    for (var m = 0; m <= MOST; m++) {
        x[m] = m;
    }
    return x;
}

void pictures(Sheet sheet, Session session, Shape in, float[] x) {
    var one = java.util.Arrays.copyOf(x, SIDE * SIDE);
    var model = sequential(conv2d(8, 5).padding(2), relu()).build(session, in, 3);
    var pooled = sequential(conv2d(8, 5).padding(2), relu(), maxPool2d(16)).build(session, in, 3);
    var all = new java.util.ArrayList<Sheet.Picture>();
    for (var m : new int[] {0, 6, 12}) {
        try (var step = session.step(Mode.EVAL)) {
            all.add(Sheet.Picture.scaled("input, moved by " + m, step.of(Shape.of(1, SIDE, SIDE), one).roll(-1, m).toArray(), in));
        }
        // The channel that answers most.
        var y = output(model, one, m, 0);
        all.add(Sheet.Picture.scaled("convolution", java.util.Arrays.copyOfRange(y, 2 * SIDE * SIDE, 3 * SIDE * SIDE), in));
        var p = output(pooled, one, m, 0);
        all.add(Sheet.Picture.scaled("max-pool 16", java.util.Arrays.copyOfRange(p, 2 * 16, 3 * 16), Shape.of(4, 4)));
    }
    sheet.pictures("One digit, one channel", 88, all);
}
