///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.*;
import fovea.explain.Features;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.train.Sheet;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

// Transfer learning: a network that knows the digits 0 to 4 learns 5 to 9 from few examples, with frozen layers, and on deep features.
// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/TransferLearning.java [page.html] [digits]
// Of a network with published weights, load all but the head and freeze it the same way:
//     model.load(Checkpoint.weights(file), name -> !name.startsWith("fc."));  model.freeze("*");  model.unfreeze("fc.*");
void main(String... args) throws Exception {
    var count = args.length > 1 ? Integer.parseInt(args[1]) : 12_000;
    var known = of(Digits.train(count, 28, 0), 0, Integer.MAX_VALUE);
    var fresh = Digits.train(4 * Math.min(count, 4000), 28, 9);
    var test = of(Digits.test(Math.min(count, 3000), 28, 0), 5, Integer.MAX_VALUE);
    var sizes = new int[] {10, 25, 50, 100, 250, 500};
    var scratch = new double[sizes.length];
    var frozen = new double[sizes.length];
    var tuned = new double[sizes.length];
    var nearest = new double[sizes.length];
    try (var session = Session.open(Session.options().seed(1))) {
        var teacher = network().build(session, Shape.of(1, 28, 28), 3);
        train(teacher, known, 2, 0.05);
        IO.println("0 to 4: %.1f %% right".formatted(100 * right(teacher, of(Digits.test(Math.min(count, 3000), 28, 0), 0, 9999))));
        var weights = fovea.train.TensorFile.arrays(teacher.state());
        for (var i = 0; i < sizes.length; i++) {
            var few = of(fresh, 5, sizes[i]);
            var epochs = Math.max(count < 1000 ? 1 : 10, Math.min(count, 12_500) / 5 / sizes[i]);

            var blank = network().build(session, Shape.of(1, 28, 28), 4);
            train(blank, few, epochs, 0.02);
            scratch[i] = right(blank, test);

            // All but the head, frozen: only the head learns.
            var student = network().build(session, Shape.of(1, 28, 28), 5);
            student.load(weights, name -> !name.startsWith("head"));
            student.freeze("body");
            train(student, few, epochs, 0.02);
            frozen[i] = right(student, test);

            // Then all together, carefully.
            student.unfreeze("body");
            train(student, few, epochs, 0.004);
            tuned[i] = right(student, test);

            nearest[i] = nearest(Features.of(teacher, "body", few, Loader.options(50)), Features.of(teacher, "body", test,
                    Loader.options(100)));
            IO.println("%3d examples: from scratch %.1f %%, frozen %.1f %%, fine-tuned %.1f %%, nearest code %.1f %%".formatted(sizes[i],
                    100 * scratch[i], 100 * frozen[i], 100 * tuned[i], 100 * nearest[i]));
        }
    }
    var x = IntStream.of(sizes).asDoubleStream().toArray();
    var sheet = new Sheet("Learning from few examples").text(
            "A network learned the digits 0 to 4 from %,d examples. Now 5 to 9, from few: from scratch; with its layers frozen and a new head; "
                    + "the same, then all of it trained on at a fifth of the rate; and without any training, by the nearest of the few "
                    + "examples in the space of its last hidden layer. Frozen layers are cheap and cannot forget, but what tells 0 to 4 apart is "
                    + "not all that 5 to 9 need: with enough examples, training on wins.", known.size())
            .lines("Digits 5 to 9", "examples to learn from", "%% of %,d test digits".formatted(test.size()), false,
                    percent("from scratch", x, scratch), percent("frozen layers, new head", x, frozen),
                    percent("frozen, then fine-tuned", x, tuned), percent("nearest example by deep features", x, nearest));
    IO.println("written: " + sheet.write(Path.of(args.length > 0 ? args[0] : "runs/examples/transfer.html")));
}

Layer network() {
    return sequential(
            named("body", sequential(conv2d(16, 5).padding(2), relu(), maxPool2d(2), conv2d(32, 5), relu(), maxPool2d(2), flatten(),
                    dense(64), relu())),
            named("head", dense(5)));
}

/** The digits from a first one to the fourth behind it, at most so many, as classes 0 to 4. */
Dataset of(Dataset digits, int first, int most) {
    var indices = IntStream.range(0, digits.size()).filter(i -> digits.label(i) >= first && digits.label(i) < first + 5).limit(most)
            .toArray();
    var pixels = new byte[indices.length * 784];
    var labels = new int[indices.length];
    var image = new Image();
    for (var i = 0; i < indices.length; i++) {
        digits.read(indices[i], image);
        System.arraycopy(image.bytes(), 0, pixels, i * 784, 784);
        labels[i] = digits.label(indices[i]) - first;
    }
    return ArrayData.of(pixels, labels, Shape.of(1, 28, 28), List.of("a", "b", "c", "d", "e"));
}

void train(Model model, Dataset data, int epochs, double rate) {
    var sgd = new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 1e-3));
    for (var epoch = 1; epoch <= epochs; epoch++) {
        for (var batch : data.shuffled(epoch).batches(Math.min(32, data.size()))) {
            try (var step = model.session().step(Mode.TRAIN)) {
                step.backward(model.forward(step.input(batch)).crossEntropy(batch.labels()));
                sgd.step();
            }
        }
    }
}

double right(Model model, Dataset data) {
    var right = 0;
    for (var batch : data.batches(100)) {
        try (var step = model.session().step(Mode.EVAL)) {
            var called = model.forward(step.input(batch)).argMax(1).toIntArray();
            for (var i = 0; i < called.length; i++) {
                right += called[i] == batch.label(i) ? 1 : 0;
            }
        }
    }
    return (double) right / data.size();
}

double nearest(Features few, Features test) {
    var right = 0;
    for (var i = 0; i < test.rows().length; i++) {
        var best = Double.POSITIVE_INFINITY;
        var label = -1;
        for (var j = 0; j < few.rows().length; j++) {
            var d = 0.0;
            for (var k = 0; k < few.rows()[j].length; k++) {
                d += Math.pow(few.rows()[j][k] - test.rows()[i][k], 2);
            }
            if (d < best) {
                best = d;
                label = few.labels()[j];
            }
        }
        right += label == test.labels()[i] ? 1 : 0;
    }
    return (double) right / test.rows().length;
}

Sheet.Line percent(String name, double[] x, double[] y) {
    var p = new double[y.length];
    for (var i = 0; i < p.length; i++) {
        p[i] = 100 * y[i];
    }
    return new Sheet.Line(name, x, p);
}
