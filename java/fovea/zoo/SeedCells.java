package fovea.zoo;

import fovea.Mode;
import fovea.Parameter;
import fovea.Tensor;
import fovea.data.Augmentation;
import fovea.data.Batch;
import fovea.data.Dataset;
import fovea.data.Loader;
import fovea.nn.Model;
import fovea.train.Callback;
import fovea.train.Trainer;
import java.util.Arrays;

/**
 * How a neocognitron learns, before the first epoch: stage by stage, image by image. Of all S-cells of a stage the one that answers most is
 * a seed; so is the one that answers most among the other planes and away from it, and so on, so that planes learn different
 * features. What a seed sees is added to the weights of its plane, for all cells of the plane alike: {@code a += q c u}, and
 * {@code b += q / 2 v}, so that whatever does not look like it is inhibited the more.
 *
 * <p>With a teacher, the last stage takes a plane that is still free whenever the best answer has the wrong name or there is none: it
 * learns what the cell that gets most light sees, and bears the name of the image's class.
 */
record SeedCells(Model model, boolean taught) implements Callback {
    /** Images that the first two stages, the last stage without a teacher and the last stage with one learn from, at most. */
    private static final int IMAGES = 500;
    private static final int LAST_IMAGES = 1000;
    private static final int TAUGHT_IMAGES = 5000;
    /** q of the three stages. */
    private static final float[] GAIN = {1, 16, 16};
    /** Around a seed no other one is taken. */
    private static final int APART = 2;

    /** What one stage sees and answers for one image. */
    private record View(float[] u, int channels, int height, int width, float[] s, int planes, int rows, int columns) {
        float answer(int plane, int place) {
            return s[plane * rows * columns + place];
        }
    }

    /** The learned numbers of a stage. */
    private static final class Stage {
        final int number;
        final int padding;
        final Parameter weight;
        final Parameter inhibition;
        final float[] a;
        final float[] b;

        Stage(Model model, int number) {
            this.number = number;
            padding = 3 - number;
            weight = model.parameter("s" + number + ".weight");
            inhibition = model.parameter("s" + number + ".inhibition");
            a = weight.toArray();
            b = inhibition.toArray();
        }

        void reinforce(View view, int plane, int place) {
            var k = Neocognitron.WINDOW;
            var c = Neocognitron.falling(k, 1.0 / view.channels);
            var top = place / view.columns - padding;
            var left = place % view.columns - padding;
            var squares = 0.0;
            for (var channel = 0; channel < view.channels; channel++) {
                for (var i = 0; i < c.length; i++) {
                    var y = top + i / k;
                    var x = left + i % k;
                    if (y >= 0 && y < view.height && x >= 0 && x < view.width) {
                        var u = view.u[(channel * view.height + y) * view.width + x];
                        a[(plane * view.channels + channel) * c.length + i] += GAIN[number - 1] * c[i] * u;
                        squares += c[i] * u * u;
                    }
                }
            }
            b[plane] += (float) (GAIN[number - 1] / 2 * Math.sqrt(squares));
        }

        void write() {
            weight.copyFrom(a);
            inhibition.copyFrom(b);
        }
    }

    @Override
    public void epochStarted(Trainer trainer, int epoch, Dataset train) {
        if (epoch == 1) {
            learn(trainer.options().data(), train);
        }
    }

    private void learn(Loader.Options how, Dataset train) {
        for (var number = 1; number <= 2; number++) {
            compete(new Stage(model, number), how, train, IMAGES);
        }
        var last = new Stage(model, 3);
        if (taught) {
            teach(last, how, train);
        } else {
            compete(last, how, train, LAST_IMAGES);
            nameAfterwards(last, how, train);
        }
    }

    @FunctionalInterface
    private interface Viewer {
        void see(View view, int label);
    }

    private void each(Stage stage, Loader.Options how, Dataset train, int images, Viewer viewer) {
        var some = train.range(0, Math.min(images, train.size()));
        try (var loader = some.loader(Loader.options(1).seed(how.seed()).shuffle(true).augment(
                how.augmentations().toArray(Augmentation[]::new)))) {
            for (var batch : loader.epoch(stage.number)) {
                viewer.see(view(stage, batch), batch.label(0));
            }
        }
    }

    private View view(Stage stage, Batch batch) {
        var seen = new Tensor[2];
        var session = model.session();
        try (var _ = model.onActivation("s" + stage.number, (_, y) -> seen[1] = y);
                var _ = stage.number == 1 ? (Model.Hook) () -> {
                } : model.onActivation("c" + (stage.number - 1), (_, y) -> seen[0] = y);
                var step = session.step(Mode.EVAL)) {
            var x = step.input(batch);
            seen[0] = x;
            model.forward(x);
            var u = seen[0].shape();
            var s = seen[1].shape();
            return new View(seen[0].toArray(), (int) u.dim(1), (int) u.dim(2), (int) u.dim(3), seen[1].toArray(), (int) s.dim(1),
                    (int) s.dim(2), (int) s.dim(3));
        }
    }

    /** Seeds in the order of their answers: the best of all, the best of other planes and away from it, and so on. */
    private void compete(Stage stage, Loader.Options how, Dataset train, int images) {
        each(stage, how, train, images, (view, _) -> {
            var planeTaken = new boolean[view.planes];
            var placeTaken = new boolean[view.rows * view.columns];
            while (true) {
                var bestPlane = -1;
                var bestPlace = -1;
                for (var plane = 0; plane < view.planes; plane++) {
                    for (var place = 0; place < placeTaken.length && !planeTaken[plane]; place++) {
                        if (!placeTaken[place] && view.answer(plane, place) > (bestPlane < 0 ? 0 : view.answer(bestPlane, bestPlace))) {
                            bestPlane = plane;
                            bestPlace = place;
                        }
                    }
                }
                if (bestPlane < 0) {
                    break;
                }
                stage.reinforce(view, bestPlane, bestPlace);
                planeTaken[bestPlane] = true;
                for (var place = 0; place < placeTaken.length; place++) {
                    placeTaken[place] |= Math.abs(place / view.columns - bestPlace / view.columns) <= APART
                            && Math.abs(place % view.columns - bestPlace % view.columns) <= APART;
                }
            }
            stage.write();
        });
    }

    private void teach(Stage stage, Loader.Options how, Dataset train) {
        var names = new int[stage.b.length];
        Arrays.fill(names, -1);
        var used = new int[1];
        Arrays.fill(stage.a, 0);  // a plane that nobody has named says nothing
        stage.write();
        each(stage, how, train, TAUGHT_IMAGES, (view, label) -> {
            var places = view.rows * view.columns;
            var winner = 0;
            for (var i = 1; i < used[0] * places; i++) {
                winner = view.s[i] > view.s[winner] ? i : winner;
            }
            var right = used[0] > 0 && view.s[winner] > 0 && names[winner / places] == label;
            if (!right && used[0] < names.length) {
                names[used[0]] = label;
                stage.reinforce(view, used[0]++, brightest(view));
                stage.write();
            }
        });
        name(names);
    }

    /** The place of the last stage whose window holds most light. */
    private static int brightest(View view) {
        var best = 0;
        var most = -1.0;
        for (var place = 0; place < view.rows * view.columns; place++) {
            var light = 0.0;
            for (var channel = 0; channel < view.channels; channel++) {
                for (var i = 0; i < Neocognitron.WINDOW * Neocognitron.WINDOW; i++) {
                    var y = place / view.columns + i / Neocognitron.WINDOW;
                    var x = place % view.columns + i % Neocognitron.WINDOW;
                    var u = view.u[(channel * view.height + y) * view.width + x];
                    light += u * u;
                }
            }
            if (light > most) {
                most = light;
                best = place;
            }
        }
        return best;
    }

    /** Each plane gets the name of the class whose images it answers most. */
    private void nameAfterwards(Stage stage, Loader.Options how, Dataset train) {
        var votes = new double[stage.b.length][train.classes().size()];
        each(stage, how, train, LAST_IMAGES, (view, label) -> {
            var places = view.rows * view.columns;
            var winner = 0;
            for (var i = 1; i < view.s.length; i++) {
                winner = view.s[i] > view.s[winner] ? i : winner;
            }
            votes[winner / places][label]++;
        });
        var names = new int[votes.length];
        for (var plane = 0; plane < names.length; plane++) {
            names[plane] = -1;
            for (var label = 0; label < votes[plane].length; label++) {
                names[plane] = votes[plane][label] > (names[plane] < 0 ? 0 : votes[plane][names[plane]]) ? label : names[plane];
            }
        }
        name(names);
    }

    /** Writes names, -1 for none, to where the network looks them up. */
    private void name(int... names) {
        var labels = model.buffers().get("names.labels");
        var rows = new float[(int) labels.shape().elements()];
        for (var plane = 0; plane < names.length; plane++) {
            if (names[plane] >= 0) {
                rows[names[plane] * names.length + plane] = 1;
            }
        }
        labels.copyFrom(rows);
    }
}
