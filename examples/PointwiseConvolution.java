///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.nn.Layer;
import fovea.optim.Adam;
import fovea.train.Sheet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

// What a convolution with 1 x 1 filters does: the same dense layer at every pixel. It mixes channels, and it makes deep networks cheap.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/PointwiseConvolution.java [page.html] [steps]
static final int SIDE = 48;

void main(String... args) throws Exception {
    var steps = args.length > 1 ? Integer.parseInt(args[1]) : 300;
    var sheet = new Sheet("Convolution with 1 x 1 filters");
    try (var session = Session.open(Session.options().seed(1))) {
        sameAsDense(sheet, session);
        colours(sheet, session, steps);
    }
    costs(sheet);
    IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/pointwise.html")));
}

void sameAsDense(Sheet sheet, Session session) {
    var conv = conv2d(5, 1).build(session, Shape.of(3, SIDE, SIDE), 1);
    var dense = dense(5).build(session, Shape.of(3), 1);
    dense.parameter("weight").copyFrom(conv.parameter("weight").toArray());
    dense.parameter("bias").copyFrom(conv.parameter("bias").toArray());
    var x = picture(3);
    try (var step = session.step(Mode.EVAL)) {
        var image = step.of(Shape.of(1, 3, SIDE, SIDE), x);
        var a = conv.forward(image);
        // Every pixel a row of three numbers, through the dense layer, and back.
        var b = dense.forward(image.permute(0, 2, 3, 1).reshape(SIDE * SIDE, 3)).reshape(1, SIDE, SIDE, 5).permute(0, 3, 1, 2);
        var apart = a.sub(b).abs().max().item();
        var size = a.abs().max().item();
        sheet.text("A 1 x 1 convolution is one dense layer for every pixel: on %d pixels of three channels both give the same five channels, to "
                + "within %.0e of numbers up to %.1f.", SIDE * SIDE, apart, size);
        IO.println("1x1 convolution against a dense layer per pixel: apart by %.1e".formatted(apart));
    }
}

/** Learns to turn colours into grey, from examples alone. */
void colours(Sheet sheet, Session session, int steps) {
    var truth = new float[] {0.299f, 0.587f, 0.114f};
    var model = conv2d(1, 1).build(session, Shape.of(3, SIDE, SIDE), 4);
    var adam = new Adam(model.parameters(), new Adam.Options(0.02));
    var x = picture(9);
    var target = grey(x, truth);
    var pictures = new ArrayList<Sheet.Picture>();
    var losses = new double[steps];
    pictures.add(Sheet.Picture.between("input", x, Shape.of(3, SIDE, SIDE), 0, 1));
    pictures.add(Sheet.Picture.between("target", target, Shape.of(SIDE, SIDE), 0, 1));
    for (var i = 0; i < steps; i++) {
        try (var step = session.step(Mode.TRAIN)) {
            var y = model.forward(step.of(Shape.of(1, 3, SIDE, SIDE), x));
            if (i == 0 || i == steps / 10 || i == steps - 1) {
                pictures.add(Sheet.Picture.between("after %d steps".formatted(i), y.toArray(), Shape.of(SIDE, SIDE), 0, 1));
            }
            var loss = y.sub(step.of(y.shape(), target)).square().mean();
            step.backward(loss);
            adam.step();
            losses[i] = loss.item();
        }
    }
    var w = model.parameter("weight").toArray();
    IO.println("learned: red %.3f, green %.3f, blue %.3f (truth 0.299, 0.587, 0.114)".formatted(w[0], w[1], w[2]));
    sheet.pictures("It mixes channels: learning what grey is", 150, pictures);
    sheet.lines("Learning three weights and a bias", "step", "mean squared error", true, Sheet.Line.of("error", losses));
    sheet.table("What was learned", List.of(List.of("weight of", "red", "green", "blue"),
            List.of("learned", "%.3f".formatted(w[0]), "%.3f".formatted(w[1]), "%.3f".formatted(w[2])),
            List.of("luminance (ITU-R BT.601)", "0.299", "0.587", "0.114")));
}

/** Blobs of colour. */
float[] picture(long seed) {
    var random = new SplittableRandom(seed);
    var x = new float[3 * SIDE * SIDE];
    Arrays.fill(x, 0.15f);
    for (var blob = 0; blob < 24; blob++) {
        var cx = random.nextDouble(SIDE);
        var cy = random.nextDouble(SIDE);
        var r = 3 + random.nextDouble(8);
        var colour = new double[] {random.nextDouble(), random.nextDouble(), random.nextDouble()};
        for (var i = 0; i < x.length; i++) {
            var d = Math.hypot(i % SIDE - cx, i / SIDE % SIDE - cy);
            var cover = Math.clamp(r - d, 0, 1);
            x[i] += (float) (cover * (colour[i / (SIDE * SIDE)] - x[i]));
        }
    }
    return x;
}

float[] grey(float[] x, float[] weights) {
    var y = new float[SIDE * SIDE];
    for (var i = 0; i < y.length; i++) {
        for (var c = 0; c < 3; c++) {
            y[i] += weights[c] * x[c * SIDE * SIDE + i];
        }
    }
    return y;
}

/** What ResNet's bottleneck and GoogLeNet's reductions are for. */
void costs(Sheet sheet) {
    var in = Shape.of(256, 28, 28);
    record Way(String name, Layer layer) {
    }
    var ways = List.of(
            new Way("3x3, 256 to 256 channels", conv2d(256, 3).padding(1).bias(false)),
            new Way("1x1 to 64, 3x3, 1x1 to 256 (bottleneck)", sequential(conv2d(64, 1).bias(false), conv2d(64, 3).padding(1).bias(false),
                    conv2d(256, 1).bias(false))),
            new Way("5x5, 256 to 32 channels", conv2d(32, 5).padding(2).bias(false)),
            new Way("1x1 to 16, 5x5 to 32 (inception)", sequential(conv2d(16, 1).bias(false), conv2d(32, 5).padding(2).bias(false))),
            new Way("3x3 of each channel, 1x1 to 256 (separable)", separableConv2d(256, 3, 1, 1)));
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("on 28 x 28 x 256", "weights", "multiply-accumulates"));
    for (var way : ways) {
        var summary = way.layer.summary(in);
        rows.add(List.of(way.name, "%,d".formatted(summary.parameters()), "%,d".formatted(summary.macs())));
    }
    sheet.table("It makes the costly filters see fewer channels", rows);
}
