///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.explain.Style;
import fovea.nn.Model;
import fovea.nn.Init;
import fovea.train.*;
import fovea.zoo.Zoo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

// Style transfer: the content of one image, the Gram matrices of another.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/StyleTransfer.java [page.html] [steps]
// with published weights: examples/StyleTransfer.java page.html vgg16 vgg16.safetensors CONTENT.jpg STYLE.jpg
static final float[] MEAN = {0.485f, 0.456f, 0.406f};
static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

static final int SIDE = 96;

void main(String... args) throws Exception {
    var sheet = new Sheet("The style of one image, the content of another");
    try (var session = Session.open(Session.options().seed(1))) {
        if (args.length > 2) {
            photos(sheet, session, args);
        } else {
            drawn(sheet, session, args.length > 1 ? Integer.parseInt(args[1]) : 150);
        }
    }
    IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/style.html")));
}

/** Random filters suffice for textures: what occurs together is there, whatever looks at it. */
void drawn(Sheet sheet, Session session, int steps) {
    var shape = Shape.of(3, SIDE, SIDE);
    var init = Init.kaimingNormal();
    var model = sequential(conv2d(32, 5).padding(2).init(init), relu(), avgPool2d(2), conv2d(64, 3).padding(1).init(init), relu(),
            avgPool2d(2), conv2d(64, 3).padding(1).init(init), relu()).build(session, shape, 3);
    var content = digit();
    sheet.text("The digit is the content, each texture on the left a style. The network has three convolutions with random weights; %d steps of "
            + "Adam change the pixels until the Gram matrices of all layers are those of the style, the features of the second still "
            + "those of the digit, and neighbouring pixels alike.", steps);
    for (var kind = 0; kind < 3; kind++) {
        var texture = texture(kind);
        var pictures = new ArrayList<Sheet.Picture>();
        pictures.add(Sheet.Picture.between("style", texture, shape, 0, 1));
        pictures.add(Sheet.Picture.between("content", content, shape, 0, 1));
        for (var weight : new double[] {0.1, 1, 10}) {
            var style = new Style(List.of("1", "4", "7"), "4", weight, 1, 0.3);
            pictures.add(Sheet.Picture.between("style weighs %s".formatted(weight), style.transfer(model, content, texture, steps, 0.03),
                    shape, 0, 1));
        }
        sheet.pictures(new String[] {"Stripes", "Dots", "Bricks"}[kind], 168, pictures);
        IO.println("style %d of 3 done".formatted(kind + 1));
    }
}

/** White on blue. */
float[] digit() {
    var image = new Image();
    var digits = Digits.test(20, SIDE, 0);
    var which = 0;
    while (digits.label(which) != 5 && which < 19) {
        which++;
    }
    digits.read(which, image);
    image.toFloats();
    var x = new float[3 * SIDE * SIDE];
    var paper = new float[] {0.15f, 0.25f, 0.55f};
    for (var i = 0; i < x.length; i++) {
        var ink = image.floats()[i % (SIDE * SIDE)];
        x[i] = paper[i / (SIDE * SIDE)] * (1 - ink) + 0.95f * ink;
    }
    return x;
}

float[] texture(int kind) {
    var x = new float[3 * SIDE * SIDE];
    var one = new float[][] {{0.9f, 0.75f, 0.2f}, {0.95f, 0.92f, 0.85f}, {0.7f, 0.3f, 0.2f}}[kind];
    var other = new float[][] {{0.2f, 0.1f, 0.35f}, {0.8f, 0.15f, 0.2f}, {0.85f, 0.8f, 0.75f}}[kind];
    for (var i = 0; i < x.length; i++) {
        var px = i % SIDE;
        var py = i / SIDE % SIDE;
        var t = switch (kind) {
            case 0 -> 0.5 + 0.5 * Math.sin((px + py) * 0.9);
            case 1 -> Math.hypot((px + (py / 12 % 2) * 6) % 12 - 5.5, py % 12 - 5.5) < 3.6 ? 1 : 0;
            default -> py % 10 < 2 || (px + py / 10 % 2 * 9) % 18 < 2 ? 1.0 : 0;
        };
        var c = i / (SIDE * SIDE);
        x[i] = (float) (one[c] * (1 - t) + other[c] * t);
    }
    return x;
}

/** As in the paper: style from the first convolutions of each block of VGG, content from a late one. Pixels as the network was trained. */
void photos(Sheet sheet, Session session, String... args) throws Exception {
    var entry = Zoo.byName(args[1]);
    var vgg = entry.layer();
    // Normalises inside, so that the image itself stays between 0 and 1.
    var network = sequential(named("scale", lambda("normalise", x -> x.sub(x.step().of(Shape.of(3, 1, 1), MEAN)).div(
            x.step().of(Shape.of(3, 1, 1), DEVIATION)))), named("", vgg));
    var model = network.build(session, entry.input(), 0);
    model.load(Checkpoint.weights(Path.of(args[2])));
    var content = photo(args[3], entry.input());
    var style = photo(args[4], entry.input());
    var painted = new Style(List.of("features.0", "features.5", "features.10", "features.17"), "features.19", 1e-2, 1e-3, 1).transfer(
            model, content, style, 150, 0.02);
    sheet.pictures(args[1], 330, Sheet.Picture.between("content", content, entry.input(), 0, 1),
            Sheet.Picture.between("style", style, entry.input(), 0, 1), Sheet.Picture.between("painted", painted, entry.input(), 0, 1));
}

float[] photo(String file, Shape shape) {
    var image = new Image();
    Pictures.read(Path.of(file), 3, (int) shape.dim(1), (int) shape.dim(2), image);
    image.toFloats();
    return Arrays.copyOf(image.floats(), image.elements());
}
