///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.Digits;
import fovea.nn.*;
import fovea.optim.Sgd;
import fovea.train.Sheet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

// Why deep networks of sigmoids did not learn, and what ReLU, batch norm and residual connections changed.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/VanishingGradients.java [page.html] [digits]
static final int DEPTH = 20;
static final int CHANNELS = 12;
static final int SIDE = 14;

record Kind(String name, Layer network) {
}

void main(String... args) throws Exception {
    var count = args.length > 1 ? Integer.parseInt(args[1]) : 6000;
    var kinds = List.of(
            new Kind("sigmoid", plain(Init.xavierUniform(), sigmoid())),
            new Kind("ReLU", plain(Init.kaimingNormal(), relu())),
            new Kind("sigmoid + batch norm", plain(Init.xavierUniform(), batchNorm(), sigmoid())),
            new Kind("ReLU + batch norm", plain(Init.kaimingNormal(), batchNorm(), relu())),
            new Kind("residual", residualNet()));
    var norms = new ArrayList<Sheet.Line>();
    var losses = new ArrayList<Sheet.Line>();
    for (var kind : kinds) {
        train(kind, count, norms, losses);
    }
    var sheet = new Sheet("Gradients on their way down").text(
            "Five networks of %d convolutions of %d 3x3 filters, on digits of %d x %d. A sigmoid's slope is at most 1/4, so each layer takes at least "
                    + "that from what comes back from the loss; ReLU passes it on whole where it is open; batch norm sets every layer's scale "
                    + "anew; a residual connection is a way around.", DEPTH, CHANNELS, SIDE, SIDE)
            .lines("Gradient of the weights at the beginning", "layer, from the input", "norm of the gradient", true,
                    norms.toArray(Sheet.Line[]::new))
            .lines("And whether they learn", "training steps of 32 digits", "cross-entropy, mean of 10 steps", false,
                    losses.toArray(Sheet.Line[]::new));
    IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/vanishing-gradients.html")));
}

Convolution filters(Init init) {
    return conv2d(CHANNELS, 3).padding(1).init(init).biasInit(Init.constant(0));
}

Layer head() {
    return named("head", sequential(globalAvgPool(), flatten(), dense(10)));
}

/** The same all the way; convolutions are named c0, c1, ... */
Layer plain(Init init, Layer... behind) {
    var layers = new ArrayList<Layer>();
    for (var i = 0; i < DEPTH; i++) {
        layers.add(named("c" + i, filters(init)));
        for (var k = 0; k < behind.length; k++) {
            layers.add(named("a" + i + k, behind[k]));
        }
    }
    layers.add(head());
    return sequential(layers);
}

/** A first convolution, then blocks of two with a way around, and one at the end: as many as the others have. */
Layer residualNet() {
    var init = Init.kaimingNormal();
    var layers = new ArrayList<Layer>();
    layers.add(named("c0", filters(init)));
    for (var i = 1; i + 1 < DEPTH; i += 2) {
        layers.add(named("r" + i, residual(sequential(
                named("n0", batchNorm()), relu(), named("c" + i, filters(init)),
                named("n1", batchNorm()), relu(), named("c" + (i + 1), filters(init))))));
    }
    layers.add(named("c" + (DEPTH - 1), filters(init)));
    layers.add(named("last", sequential(batchNorm(), relu())));
    layers.add(head());
    return sequential(layers);
}

void train(Kind kind, int count, List<Sheet.Line> norms, List<Sheet.Line> losses) {
    var digits = Digits.train(count, SIDE, 0);
    try (var session = Session.open(Session.options().seed(1))) {
        var model = kind.network.build(session, digits.imageShape(), 5);
        // The weights of convolution i, wherever it lies.
        var weights = new Parameter[DEPTH];
        for (var p : model.parameters()) {
            var parts = p.name().split("\\.");
            for (var part : parts) {
                if (part.matches("c\\d+") && p.name().endsWith("weight")) {
                    weights[Integer.parseInt(part.substring(1))] = p;
                }
            }
        }
        var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 0));
        var norm = new double[DEPTH];
        var loss = new ArrayList<Double>();
        for (var batch : digits.shuffled(1).batches(32)) {
            try (var step = session.step(Mode.TRAIN)) {
                var value = model.forward(step.input(batch)).crossEntropy(batch.labels());
                step.backward(value);
                loss.add((double) value.item());
                if (loss.size() == 1) {
                    for (var i = 0; i < DEPTH; i++) {
                        norm[i] = norm(weights[i].grad());
                    }
                }
                sgd.step();
            }
        }
        norms.add(Sheet.Line.of(kind.name, norm));
        var n = loss.size() / 10;
        var x = new double[n];
        var y = new double[n];
        for (var i = 0; i < n; i++) {
            x[i] = 10 * i + 5;
            y[i] = loss.subList(10 * i, 10 * i + 10).stream().mapToDouble(v -> v).average().orElseThrow();
        }
        losses.add(new Sheet.Line(kind.name, x, y));
        IO.println("%-22s gradient of the first layer %.1e, of the last %.1e; loss at the end %.3f".formatted(kind.name, norm[0],
                norm[DEPTH - 1], y[n - 1]));
    }
}

double norm(float[] x) {
    return Math.sqrt(Arrays.stream(toDoubles(x)).map(v -> v * v).sum());
}

double[] toDoubles(float[] x) {
    var y = new double[x.length];
    Arrays.setAll(y, i -> x[i]);
    return y;
}
