package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.data.Affine;
import fovea.data.Augmentation;
import fovea.data.Dataset;
import fovea.data.Digits;
import fovea.data.Loader;
import fovea.data.Normalise;
import fovea.data.Resize;
import fovea.train.TrainOptions;
import fovea.train.Trainer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The neocognitron's cells, and how well it reads digits that are moved and bent. */
class NeocognitronTest {
    private static final Normalise NONE = new Normalise(new float[] {0}, new float[] {1});

    private static Trainer taught(String name, Session session, Dataset train, Augmentation... distortions) {
        var entry = Zoo.byName(name);
        var recipe = entry.recipe();
        var model = recipe.build(entry.layer(), session, entry.input(), 1);
        var optimizer = recipe.optimizer().of(model, recipe.rate());
        var judging = Loader.options(100).augment(distortions).augment(recipe.judging(NONE));
        var trainer = new Trainer(model, optimizer,
                new TrainOptions(1, Loader.options(recipe.batch()).augment(recipe.training(NONE))).evaluation(judging));
        trainer.callback(recipe.watch().of(model, optimizer));
        trainer.fit(train);
        return trainer;
    }

    /** A cell of a plane answers where its pattern is, and its answer moves with the pattern. */
    @Test
    void aPlaneOfSCellsFindsItsFeatureAnywhere() {
        try (var session = Session.open(Session.options().seed(1))) {
            var train = Digits.train(60, 28, 1);
            var model = taught("neocognitron", session, train).model();
            var seen = new float[2][];
            try (var _ = model.onActivation("s1", (_, y) -> {
                seen[seen[0] == null ? 0 : 1] = y.toArray();
                return null;
            })) {
                for (var shift = 0; shift < 2; shift++) {
                    var x = new float[256];
                    for (var y = 5; y < 10; y++) {
                        x[y * 16 + 6 + 2 * shift] = 1;
                    }
                    try (var step = session.step(Mode.EVAL)) {
                        model.forward(step.of(Shape.of(1, 1, 16, 16), x));
                    }
                }
            }
            var answers = 0;
            for (var plane = 0; plane < 24; plane++) {
                for (var y = 2; y < 13; y++) {
                    for (var x = 2; x < 11; x++) {
                        var at = (plane * 16 + y) * 16 + x;
                        assertEquals(seen[0][at], seen[1][at + 2], 1e-5f * Math.abs(seen[0][at]) + 1e-6f, "plane " + plane);
                        answers += seen[0][at] > 0.1f ? 1 : 0;
                    }
                }
            }
            assertTrue(answers > 0, "no plane knows a vertical line");
        }
    }

    private static final Dataset TRAIN = Digits.train(5000, 28, 1);
    private static final Dataset TEST = Digits.test(1000, 28, 1);
    /** Sixteenths of the side by which test digits are moved at most. */
    private static final int MOVED = 1;

    private static Augmentation[] moved(int cells) {
        return new Augmentation[] {new Resize(16, 16), new Affine(0, cells / 16f, 1, 1, 0)};
    }

    private static double right(String name, Session session, int cells) {
        var right = taught(name, session, TRAIN, moved(cells)).evaluate(TEST).accuracy();
        System.out.printf("%s, moved by up to %d of 16 cells: %.1f %% right%n", name, cells, 100 * right);
        return right;
    }

    /** Guessing is right in a tenth, and in a quarter with probability below 1e-30. */
    @Test
    @Tag("zoo")
    void findsClassesInMovedAndBentDigitsWithoutATeacher() {
        for (var cells : new int[] {0, MOVED}) {
            try (var session = Session.open(Session.options().seed(1))) {
                assertTrue(right("neocognitron", session, cells) > 0.25);
            }
        }
    }

    /**
     * What the paper is about: moves matter little. Beside it, the nearest of stored pictures, as many as a layer has planes or as many as the
     * last layer has: the network is right more often than the few, and loses less of what it has when digits move than either.
     */
    @Test
    @Tag("zoo")
    void withATeacherMovesMatterLessThanToStoredPictures() {
        double still;
        double moved;
        try (var session = Session.open(Session.options().seed(1))) {
            still = right("neocognitron-taught", session, 0);
        }
        try (var session = Session.open(Session.options().seed(1))) {
            moved = right("neocognitron-taught", session, MOVED);
        }
        assertTrue(still > nearest(24, 0) && moved > nearest(24, MOVED));
        for (var stored : new int[] {24, 400}) {
            assertTrue(moved / still > nearest(stored, MOVED) / nearest(stored, 0), moved / still + " of what was right stays right");
        }
    }

    /** How many test digits have the class of the nearest by angle of so many training digits. */
    private static double nearest(int stored, int cells) {
        var known = pixels(TRAIN.range(0, stored), 0);
        var asked = pixels(TEST, cells);
        var right = 0;
        for (var i = 0; i < asked.length; i++) {
            var best = 0;
            for (var k = 1; k < stored; k++) {
                best = cosine(asked[i], known[k]) > cosine(asked[i], known[best]) ? k : best;
            }
            right += TRAIN.label(best) == TEST.label(i) ? 1 : 0;
        }
        System.out.printf("nearest of %d pictures, moved by up to %d of 16 cells: %.1f %% right%n", stored, cells,
                100.0 * right / asked.length);
        return (double) right / asked.length;
    }

    private static float[][] pixels(Dataset digits, int cells) {
        var all = new float[digits.size()][];
        var at = 0;
        try (var loader = digits.loader(Loader.options(1).augment(moved(cells)).augment(NONE)); var session = Session.open()) {
            for (var batch : loader.epoch(0)) {
                try (var step = session.step(Mode.EVAL)) {
                    all[at++] = step.input(batch).toArray();
                }
            }
        }
        return all;
    }

    private static double cosine(float[] a, float[] b) {
        var product = 0.0;
        var square = 0.0;
        for (var i = 0; i < a.length; i++) {
            product += a[i] * b[i];
            square += b[i] * b[i];
        }
        return product / Math.sqrt(square);
    }
}
