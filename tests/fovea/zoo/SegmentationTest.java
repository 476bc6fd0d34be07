package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** ENet learns to tell discs, squares and triangles apart at every place: {@code mvn -Pzoo test -Dtest=SegmentationTest}. */
@Tag("zoo")
class SegmentationTest {
    private static final int SIDE = 64;
    private static final int BATCH = 10;
    private static final int STEPS = 1200;
    private static final int JUDGED = 64;

    @Test
    void enetNamesShapesAtEveryPlace() {
        var entry = Zoo.byName("enet");
        var recipe = entry.recipe();
        var picture = Shape.of(3, SIDE, SIDE);
        try (var session = Session.open(Session.options().seed(11))) {
            var model = recipe.build(entry.layer(DrawnShapes.CLASSES), session, picture, 11);
            var optimizer = recipe.optimizer().of(model, recipe.rate());
            var schedule = recipe.schedule().apply(STEPS);
            for (var t = 0; t < STEPS; t++) {
                var batch = new DrawnShapes(BATCH, SIDE, (long) BATCH * t);
                optimizer.rateFactor(schedule.at(t));
                try (var step = session.step(Mode.TRAIN)) {
                    var scores = model.forward(step.of(Shape.of(BATCH).concat(picture), batch.pixels));
                    var loss = recipe.loss().of(model).of(scores, step.ofInts(Shape.of(BATCH, SIDE, SIDE), batch.labels));
                    step.backward(loss);
                    if (t % 100 == 0) {
                        System.out.printf(Locale.ROOT, "enet: step %d, loss %.3f%n", t, loss.item());
                    }
                }
                optimizer.step();
            }
            var unseen = new DrawnShapes(JUDGED, SIDE, -JUDGED);
            float[] scores;
            try (var step = session.step(Mode.EVAL)) {
                scores = model.forward(step.of(Shape.of(JUDGED).concat(picture), unseen.pixels)).toArray();
            }
            var iou = meanIntersectionOverUnion(scores, unseen.labels);
            System.out.printf(Locale.ROOT, "enet: mean intersection over union of unseen pictures %.3f%n", iou);
            assertTrue(iou > 0.8, () -> "mean intersection over union is " + iou);
        }
    }

    /** Over all pictures: for each class, places that are it and are called it, of those that are it or are called it. */
    private static double meanIntersectionOverUnion(float[] scores, int[] labels) {
        var plane = SIDE * SIDE;
        var both = new long[DrawnShapes.CLASSES];
        var either = new long[DrawnShapes.CLASSES];
        for (var i = 0; i < labels.length; i++) {
            var first = i / plane * DrawnShapes.CLASSES * plane + i % plane;
            var best = 0;
            for (var c = 1; c < DrawnShapes.CLASSES; c++) {
                best = scores[first + c * plane] > scores[first + best * plane] ? c : best;
            }
            if (best == labels[i]) {
                both[best]++;
                either[best]++;
            } else {
                either[best]++;
                either[labels[i]]++;
            }
        }
        return IntStream.range(0, DrawnShapes.CLASSES).mapToDouble(c -> (double) both[c] / either[c]).average().orElseThrow();
    }
}
