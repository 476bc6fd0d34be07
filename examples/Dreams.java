///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//SOURCES Networks.java
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.explain.Dream;
import fovea.nn.Model;
import fovea.train.*;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.SplittableRandom;

// What a network would like to see: activation maximization of classes and channels, and DeepDream.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/Dreams.java [page.html] [digits]
// with published weights: examples/Dreams.java page.html NETWORK WEIGHTS.safetensors LAYER PHOTO, say vgg16 vgg16.safetensors features.22 sky.jpg
void main(String... args) throws Exception {
    var page = Path.of(args.length > 0 ? args[0] : "runs/examples/dreams.html");
    try (var session = Session.open(Session.options().seed(1))) {
        var sheet = new Sheet("What a network would like to see");
        if (args.length > 2) {
            var model = Networks.published(session, args[1], args[2]);
            var x = Networks.photo(args[4], model.inputShape());
            // Black and white behind the normalisation are about -2.1 and 2.6.
            var y = Dream.options().range(-2.1f, 2.6f).rate(0.006).steps(40).blur(0).jitter(4).maximize(model, x, Dream.energy(args[3]));
            sheet.pictures("DeepDream of layer " + args[3], 400, Sheet.Picture.between("photo", Networks.seen(x), model.inputShape(), 0, 1),
                    Sheet.Picture.between("dreamt", Networks.seen(y), model.inputShape(), 0, 1));
        } else {
            digits(sheet, session, page, args.length > 1 ? Integer.parseInt(args[1]) : 12_000);
        }
        IO.println("written: " + sheet.write(page));
    }
}

void digits(Sheet sheet, Session session, Path page, int count) throws Exception {
    var model = Networks.ofDigits(session, page, count);
    var shape = model.inputShape();
    sheet.text("A small network, trained on %,d digits. Its input is changed along the gradient, from grey noise, until what it is asked for is "
            + "large.", count);
    var plain = new ArrayList<Sheet.Picture>();
    var calm = new ArrayList<Sheet.Picture>();
    var start = noise(784, 0.1f);
    var most = Math.min(120, 4 + count / 50);
    for (var c = 0; c < 10; c++) {
        var free = Dream.options().steps(Math.min(64, most)).blur(0).jitter(0).maximize(model, start, Dream.output(c));
        var bound = Dream.options().steps(most).decay(0.03).blur(2).jitter(2).maximize(model, start, Dream.output(c));
        plain.add(Sheet.Picture.between("%d: score %.0f".formatted(c, score(model, free, c)), free, shape, 0, 1));
        calm.add(Sheet.Picture.between("%d: score %.0f".formatted(c, score(model, bound, c)), bound, shape, 0, 1));
        IO.println("class %d: score %.1f of noise, %.1f of what it likes best".formatted(c, score(model, start, c), score(model, free, c)));
    }
    sheet.pictures("The best input for each class, if anything goes", 78, plain);
    sheet.pictures("And if ink fades, neighbours agree and the place does not matter", 78, calm);
    var channels = new ArrayList<Sheet.Picture>();
    for (var c = 0; c < 32 && channels.size() < 20; c++) {
        // A channel that is silent everywhere on noise has no gradient to climb.
        var goal = Dream.channel("4", c);
        var wakes = false;
        for (var g : Dream.gradient(model, start, goal)) {
            wakes |= g != 0;
        }
        if (wakes) {
            channels.add(Sheet.Picture.between("channel " + c, Dream.options().steps(Math.min(60, most)).decay(0.02).blur(4).jitter(2)
                    .maximize(model, start, goal), shape, 0, 1));
        }
    }
    sheet.pictures("Channels of the second convolution: strokes, corners and bows", 102, channels);
    deepDream(sheet, session, page, count);
}

/** Clouds, in which the layers of the digit network see strokes: only convolutions, so that any size will do. */
void deepDream(Sheet sheet, Session session, Path page, int count) throws Exception {
    var weights = Checkpoint.weights(Networks.file(page, count));
    weights.keySet().removeIf(name -> !name.startsWith("0.") && !name.startsWith("3."));
    var side = 160;
    var clouds = clouds(side);
    var shape = Shape.of(1, side, side);
    var pictures = new ArrayList<Sheet.Picture>();
    pictures.add(Sheet.Picture.between("clouds", clouds, shape, 0, 1));
    for (var layer : new String[] {"1", "4"}) {
        var dreamt = Dream.options().steps(Math.min(24, 2 + count / 100)).rate(0.02).blur(0).jitter(4).octaves(size -> {
            var model = sequential(conv2d(16, 5).padding(2), relu(), maxPool2d(2), conv2d(32, 5).padding(2), relu()).build(session, size, 0);
            model.load(weights);
            return model;
        }, clouds, shape, 4, Dream.energy(layer));
        pictures.add(Sheet.Picture.between("more of what convolution %s sees".formatted(layer.equals("1") ? "1" : "2"), dreamt, shape, 0, 1));
    }
    sheet.pictures("DeepDream in four octaves", 330, pictures);
}

float[] noise(int n, float deviation) {
    var random = new SplittableRandom(5);
    var x = new float[n];
    for (var i = 0; i < n; i++) {
        x[i] = (float) Math.clamp(0.4 + deviation * random.nextGaussian(), 0, 1);
    }
    return x;
}

/** Waves of all lengths, the long ones strong. */
float[] clouds(int side) {
    var random = new SplittableRandom(3);
    var x = new float[side * side];
    Arrays.fill(x, 0.4f);
    for (var wave = 0; wave < 60; wave++) {
        var length = 10 * Math.pow(16, random.nextDouble());
        var angle = random.nextDouble(2 * Math.PI);
        var phase = random.nextDouble(2 * Math.PI);
        for (var i = 0; i < x.length; i++) {
            var along = i % side * Math.cos(angle) + i / side * Math.sin(angle);
            x[i] += (float) (0.0007 * length * Math.sin(phase + 2 * Math.PI * along / length));
        }
    }
    for (var i = 0; i < x.length; i++) {
        x[i] = Math.clamp(x[i], 0, 1);
    }
    return x;
}

double score(Model model, float[] x, int unit) {
    try (var step = model.session().step(Mode.EVAL)) {
        return model.forward(step.of(Shape.of(1).concat(model.inputShape()), x)).toArray()[unit];
    }
}
