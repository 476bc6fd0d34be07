///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.nn.Layer;
import fovea.optim.Sgd;
import fovea.train.Sheet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

// What sharing weights saves: the 92,170,100 weights of a fully connected network on a camera's image, and what a shared filter learns.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/SharedWeights.java [page.html] [digits]
record Net(String name, Layer layer) {
}

void main(String... args) throws Exception {
    var count = args.length > 1 ? Integer.parseInt(args[1]) : 3000;
    var image = Shape.of(3, 480, 640);
    // Weights alone, as the lectures count them: 921,600 x 100 + 100 x 100 + 100 x 1.
    var full = sequential(flatten(), dense(100).bias(false), relu(), dense(100).bias(false), relu(), dense(1).bias(false));
    var shared = sequential(conv2d(100, 5).bias(false), relu(), conv2d(100, 5).bias(false), relu(), conv2d(1, 5).bias(false));
    var weights = full.summary(image).parameters();
    IO.println("fully connected: %,d weights; three layers of 5x5 filters, as many: %,d".formatted(
            weights, shared.summary(image).parameters()));
    if (weights != 92_170_100) {
        throw new AssertionError("the lecture's figure is 92,170,100");
    }
    var sheet = new Sheet("What sharing weights saves");
    sheet.text("A colour image of 640 x 480 pixels has 921,600 numbers. A fully connected network of two hidden layers of 100 units and one output "
            + "has a weight from every number to every unit: 921,600 x 100 + 100 x 100 + 100 x 1 = 92,170,100, a third of a gigabyte, 99.99 %% "
            + "of it in the first layer. Filters of 5 x 5, shared by all places, as many in each layer as there were units: "
            + "3 x 100 x 25 + 100 x 100 x 25 + 100 x 1 x 25 = %,d, whatever the size of the image.", shared.summary(image).parameters());
    sheet.lines("Weights of the two networks", "width of the image in pixels (height 3/4 of it)", "weights", true,
            bySize("fully connected", full), bySize("shared filters", shared));

    var digits = Digits.split(count, Math.max(100, count / 3), 28, 0);
    // All three compute six maps of 12 x 12 and then ten scores; they differ in who looks where with what weights.
    var nets = List.of(
            new Net("fully connected: all pixels", sequential(flatten(), dense(6 * 12 * 12), relu(), dense(10))),
            new Net("local: 6 x 6 pixels, own weights", sequential(locallyConnected(6, 6, 2), relu(), flatten(),
                    dense(10))),
            new Net("shared: 6 x 6 pixels, same weights", sequential(conv2d(6, 6).stride(2), relu(), flatten(),
                    dense(10))));
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("first layer", "its weights", "training digits right", "test digits right", "moved by 3 pixels"));
    for (var net : nets) {
        rows.add(learn(net, digits));
    }
    sheet.table("The same 864 units over %,d digits, three times".formatted(count), rows);
    IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/shared-weights.html")));
}

Sheet.Line bySize(String name, Layer layer) {
    var widths = new double[] {32, 64, 128, 224, 320, 640, 1280};
    var counts = new double[widths.length];
    for (var i = 0; i < widths.length; i++) {
        counts[i] = layer.summary(Shape.of(3, (long) widths[i] * 3 / 4, (long) widths[i])).parameters();
    }
    return new Sheet.Line(name, widths, counts);
}

/** Filters that are not shared, as a layer of one's own: every window as a row, and a matrix for each place. */
Layer locallyConnected(int filters, int kernel, int stride) {
    record Local(int filters, int kernel, int stride) implements Layer {
        private long places(Shape in) {
            return (in.dim(1) - kernel) / stride + 1;
        }

        @Override
        public Shape outputShape(Shape in) {
            return Shape.of(filters, places(in), places(in));
        }

        @Override
        public fovea.nn.Block build(fovea.nn.Scope scope, Shape in) {
            var n = places(in);
            var w = scope.parameter("weight", Shape.of(n * n, (long) kernel * kernel, filters), fovea.nn.Init.uniform(-0.16f, 0.16f));
            var b = scope.parameter("bias", Shape.of(filters, n, n), fovea.nn.Init.constant(0));
            return x -> {
                // [n, 1, h, w] -> windows [places, n, kernel * kernel], in the order of places.
                var rows = new Tensor[(int) (n * n)];
                for (var p = 0; p < rows.length; p++) {
                    var top = p / n * stride;
                    var left = p % n * stride;
                    rows[p] = x.slice(2, top, top + kernel).slice(3, left, left + kernel).reshape(1, x.shape().dim(0),
                            (long) kernel * kernel);
                }
                var windows = rows[0].concat(0, java.util.Arrays.copyOfRange(rows, 1, rows.length));
                return windows.matmul(w).permute(1, 2, 0).reshape(x.shape().dim(0), filters, n, n).add(b);
            };
        }
    }
    return new Local(filters, kernel, stride);
}

List<String> learn(Net net, Split digits) {
    try (var session = Session.open(Session.options().seed(2))) {
        var model = net.layer.build(session, digits.train().imageShape(), 3);
        var sgd = new Sgd(model.parameters(), new Sgd.Options(0.03, 0.9, 1e-4));
        for (var epoch = 1; epoch <= 8; epoch++) {
            for (var batch : digits.train().shuffled(epoch).batches(32)) {
                try (var step = session.step(Mode.TRAIN)) {
                    step.backward(model.forward(step.input(batch)).crossEntropy(batch.labels()));
                    sgd.step();
                }
            }
        }
        var first = model.parameters().stream().filter(p -> p.name().startsWith("0") || p.name().startsWith("1")).mapToLong(
                p -> p.shape().elements()).sum();
        var row = List.of(net.name, "%,d".formatted(first), percent(right(session, model, digits.train(), 0)),
                percent(right(session, model, digits.test(), 0)), percent(right(session, model, digits.test(), 3)));
        IO.println(String.join("  ", row));
        return row;
    }
}

double right(Session session, fovea.nn.Model model, Dataset data, int moved) {
    var right = 0;
    for (var batch : data.batches(100)) {
        try (var step = session.step(Mode.EVAL)) {
            var called = model.forward(step.input(batch).roll(-1, moved)).argMax(1).toIntArray();
            for (var i = 0; i < called.length; i++) {
                right += called[i] == batch.label(i) ? 1 : 0;
            }
        }
    }
    return (double) right / data.size();
}

String percent(double share) {
    return "%.1f %%".formatted(100 * share);
}
