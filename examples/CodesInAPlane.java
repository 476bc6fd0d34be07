///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//SOURCES Networks.java
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import fovea.*;
import fovea.data.*;
import fovea.explain.Features;
import fovea.explain.Tsne;
import fovea.train.*;
import java.nio.file.Path;

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
        var model = Networks.ofDigits(session, page, count);
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
