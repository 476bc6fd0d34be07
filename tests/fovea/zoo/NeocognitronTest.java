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

    @Test
    @Tag("zoo")
    void readsDigitsThatAreMovedAndBent() {
        for (var name : new String[] {"neocognitron", "neocognitron-taught"}) {
            for (var shifts : new float[] {0, 1 / 16f}) {
                try (var session = Session.open(Session.options().seed(1))) {
                    var moved = new Augmentation[] {new Resize(16, 16), new Affine(0, shifts, 1, 1, 0)};
                    var trainer = taught(name, session, Digits.train(5000, 28, 1), moved);
                    var right = trainer.evaluate(Digits.test(1000, 28, 1)).accuracy();
                    System.out.printf("%s, moved by up to %.0f of 16 cells: %.1f %% right%n", name, 16 * shifts, 100 * right);
                    // Guessing is right in a tenth, and in a quarter with probability below 1e-30.
                    assertTrue(right > (name.endsWith("taught") ? 0.4 : 0.25), name + ": " + right);
                }
            }
        }
    }
}
