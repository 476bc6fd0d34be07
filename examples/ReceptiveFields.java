///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.explain.ReceptiveField;
import fovea.nn.*;
import fovea.train.Sheet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.SplittableRandom;

// How far a unit sees: by arithmetic, and how much of that counts, by gradients.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/ReceptiveFields.java [page.html] [samples]
static final int SIDE = 65;
static final int DEPTH = 10;

void main(String... args) throws Exception {
    var samples = args.length > 1 ? Integer.parseInt(args[1]) : 20;
    var plain = new ArrayList<Layer>();
    var dilated = new ArrayList<Layer>();
    var pooled = new ArrayList<Layer>();
    for (var i = 0; i < DEPTH; i++) {
        plain.add(conv2d(8, 3).padding(1).init(Init.kaimingNormal()));
        plain.add(relu());
        if (i < 5) {
            dilated.add(conv2d(8, 3).padding(1 << i).dilation(1 << i).init(Init.kaimingNormal()));
            dilated.add(relu());
        }
        pooled.add(conv2d(8, 3).padding(1).init(Init.kaimingNormal()));
        pooled.add(relu());
        if (i % 2 == 1 && i < 5) {
            pooled.add(maxPool2d(2));
        }
    }
    var sheet = new Sheet("How far a unit sees").text(
            "A unit depends on no more of the input than arithmetic allows: every 3x3 filter adds two pixels times the distance of its taps. "
                    + "Within that, the middle is on many more paths than the border. The effective field is the smallest square in the "
                    + "middle that holds 95 %% of the gradient (mean of %d images of noise, random weights, ReLU).", samples);
    try (var session = Session.open()) {
        var effective = new double[DEPTH];
        var maps = new ArrayList<Sheet.Picture>();
        for (var depth = 1; depth <= DEPTH; depth++) {
            var map = measure(session, sequential(plain.subList(0, 2 * depth)), samples);
            effective[depth - 1] = effective(map);
            if (depth % 2 == 0) {
                maps.add(picture(depth + " layers: %d, effectively %.0f".formatted(2 * depth + 1, effective[depth - 1]), map));
            }
        }
        var net = new Sheet.Line[] {line("3x3, stride 1", plain), line("3x3 with dilation 1, 2, 4, 8, 16", dilated),
                line("3x3, a 2x2 max-pool behind every second", pooled), Sheet.Line.of("3x3, stride 1, effective", effective)};
        sheet.lines("Receptive field", "convolutions", "pixels along a side", false, net);
        sheet.pictures("Gradient of the middle unit behind so many 3x3 convolutions, %d x %d pixels".formatted(SIDE, SIDE), 168, maps);
        var other = new ArrayList<Sheet.Picture>();
        other.add(picture("dilation 1, 2, 4, 8, 16", measure(session, sequential(dilated), samples)));
        other.add(picture("six convolutions, three max-pools", measure(session, sequential(pooled.subList(0, 15)), samples)));
        sheet.pictures("Other ways to see far", 168, other);
        IO.println("ten 3x3 convolutions: 21 pixels by arithmetic, effectively " + effective[DEPTH - 1]);
    }
    IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/receptive-fields.html")));
}

Sheet.Line line(String name, ArrayList<Layer> layers) {
    var sizes = new ArrayList<Double>();
    for (var i = 1; i <= layers.size(); i++) {
        // What a unit of the convolution sees; a pool belongs to the one before.
        if (i == layers.size() || layers.get(i) instanceof Convolution) {
            sizes.add((double) ReceptiveField.of(sequential(layers.subList(0, i))).getLast().size());
        }
    }
    return Sheet.Line.of(name, sizes.stream().mapToDouble(v -> v).toArray());
}

float[] measure(Session session, Layer layer, int samples) {
    var random = new SplittableRandom(7);
    var images = new float[samples][SIDE * SIDE];
    for (var image : images) {
        for (var i = 0; i < image.length; i++) {
            image[i] = (float) random.nextGaussian();
        }
    }
    var layers = ((Sequential) layer).layers();
    return ReceptiveField.measured(layer.build(session, Shape.of(1, SIDE, SIDE), 11), String.valueOf(layers.size() - 1), images);
}

/** The side of the smallest centred square that holds 95 % of the map. */
double effective(float[] map) {
    var all = 0.0;
    for (var v : map) {
        all += v;
    }
    for (var r = 0;; r++) {
        var sum = 0.0;
        for (var y = SIDE / 2 - r; y <= SIDE / 2 + r; y++) {
            for (var x = SIDE / 2 - r; x <= SIDE / 2 + r; x++) {
                sum += map[y * SIDE + x];
            }
        }
        if (sum >= 0.95 * all || r == SIDE / 2) {
            return 2 * r + 1;
        }
    }
}

/** The square root lifts what is weak. */
Sheet.Picture picture(String words, float[] map) {
    var root = new float[map.length];
    for (var i = 0; i < map.length; i++) {
        root[i] = (float) Math.sqrt(map[i]);
    }
    return Sheet.Picture.scaled(words, root, Shape.of(SIDE, SIDE));
}
