///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.explain.Dream;
import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.train.*;
import fovea.zoo.Zoo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

// What a network would like to see: activation maximization of classes and channels, and DeepDream.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/Dreams.java [page.html] [digits]
// with published weights: examples/Dreams.java page.html NETWORK WEIGHTS.safetensors LAYER PHOTO, say vgg16 vgg16.safetensors features.22 sky.jpg
static final float[] MEAN = {0.485f, 0.456f, 0.406f};
static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

void main(String... args) throws Exception {
    var page = Path.of(args.length > 0 ? args[0] : "runs/examples/dreams.html");
    try (var session = Session.open(Session.options().seed(1))) {
        var sheet = new Sheet("What a network would like to see");
        if (args.length > 2) {
            var model = pretrained(session, args[1], args[2]);
            var x = photo(args[4], model.inputShape());
            // Black and white behind the normalisation are about -2.1 and 2.6.
            var y = Dream.options().range(-2.1f, 2.6f).rate(0.006).steps(40).blur(0).jitter(4).maximize(model, x, Dream.energy(args[3]));
            sheet.pictures("DeepDream of layer " + args[3], 400, Sheet.Picture.between("photo", seen(x), model.inputShape(), 0, 1),
                    Sheet.Picture.between("dreamt", seen(y), model.inputShape(), 0, 1));
        } else {
            digits(sheet, session, page, args.length > 1 ? Integer.parseInt(args[1]) : 12_000);
        }
        IO.println("written: " + sheet.write(page));
    }
}

void digits(Sheet sheet, Session session, Path page, int count) throws Exception {
    var model = trained(session, page.toAbsolutePath().getParent(), count);
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
    var weights = Checkpoint.weights(page.toAbsolutePath().getParent().resolve("digits-cnn-" + count + ".safetensors"));
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
