package fovea.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoresTest {
    @Test
    void countsASmallExampleByHand() {
        var scores = new Scores(3);
        // Called: 0, 1, 1, 2; are: 0, 1, 0, 2.
        scores.add(new float[] {9, 0, 0, 0, 9, 0, 1, 2, 0}, new int[] {0, 1, 0}, 0.5);
        scores.add(new float[] {0, 0, 9}, new int[] {2}, 2.5);
        var e = scores.evaluation();
        assertEquals(4, e.samples());
        assertEquals(1.0, e.loss());
        assertEquals(0.75, e.accuracy());
        assertEquals(1.0, e.top5Accuracy());
        assertEquals(1, e.confusion()[0][1]);
        assertEquals(0.5, e.recall(0));
        assertEquals(1.0, e.precision(0));
        assertEquals(2.0 / 3, e.f1(0), 1e-15);
        assertEquals(0.5, e.precision(1));
        assertEquals((2.0 / 3 + 2.0 / 3 + 1) / 3, e.macroF1(), 1e-15);
    }

    /** Area and calibration against their definitions, over all pairs and bins. */
    @Test
    void agreesWithTheDefinitions() {
        var random = new Random(7);
        var n = 400;
        var classes = 4;
        var logits = new float[n * classes];
        var labels = new int[n];
        for (var i = 0; i < n; i++) {
            labels[i] = random.nextInt(classes);
            for (var c = 0; c < classes; c++) {
                // Few values, so that there are ties.
                logits[i * classes + c] = Math.round(2 * random.nextGaussian()) + (c == labels[i] ? 1 : 0);
            }
        }
        var scores = new Scores(classes);
        scores.add(logits, labels, 0);
        var p = new double[n][classes];
        for (var i = 0; i < n; i++) {
            Scores.softmax(logits, i * classes, p[i]);
        }
        var areas = 0.0;
        for (var c = 0; c < classes; c++) {
            var won = 0.0;
            var pairs = 0;
            for (var i = 0; i < n; i++) {
                for (var j = 0; j < n; j++) {
                    if (labels[i] == c && labels[j] != c) {
                        pairs++;
                        won += (float) p[i][c] > (float) p[j][c] ? 1 : (float) p[i][c] == (float) p[j][c] ? 0.5 : 0;
                    }
                }
            }
            areas += won / pairs;
        }
        assertEquals(areas / classes, scores.evaluation().rocAuc(), 1e-12);
        var error = 0.0;
        for (var b = 0; b < 15; b++) {
            var sure = 0.0;
            var right = 0;
            for (var i = 0; i < n; i++) {
                var called = Scores.best(logits, i * classes, classes);
                if ((int) Math.min(14, p[i][called] * 15) == b) {
                    sure += p[i][called];
                    right += called == labels[i] ? 1 : 0;
                }
            }
            error += Math.abs(sure - right) / n;
        }
        assertEquals(error, scores.evaluation().calibrationError(), 1e-12);
        assertTrue(error > 0.01 && areas / classes > 0.6, "vacuous");
    }

    @Test
    void topFiveCountsTiesAndNaNAgainstTheNetwork() {
        var scores = new Scores(6);
        scores.add(new float[] {0, 1, 2, 3, 4, 5}, new int[] {1}, 0);
        scores.add(new float[] {0, 1, 2, 3, 4, 5}, new int[] {0}, 0);
        scores.add(new float[6], new int[] {0}, 0);
        scores.add(new float[] {Float.NaN, 1, 1, 1, 1, 1}, new int[] {0}, 0);
        assertEquals(0.25, scores.evaluation().top5Accuracy());
    }

    @Test
    void aClassThatNobodyHasHasNoArea() {
        var scores = new Scores(2);
        scores.add(new float[] {1, 0}, new int[] {0}, 0);
        assertTrue(Double.isNaN(scores.evaluation().rocAuc()));
    }

    @Test
    void refusesWhatDoesNotFit() {
        var scores = new Scores(3);
        assertThrows(IllegalStateException.class, scores::evaluation);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> scores.add(new float[3], new int[] {3}, 0)).getMessage()
                .contains("label 3"));
        assertThrows(IllegalArgumentException.class, () -> scores.add(new float[4], new int[] {0}, 0));
        assertThrows(IllegalArgumentException.class, () -> new Scores(1));
    }
}
