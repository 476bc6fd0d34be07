package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Losses;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.nn.Layer;
import fovea.nn.Model;
import fovea.op.Reduction;
import fovea.optim.Adam;
import fovea.optim.PerceptronRule;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a perceptron learns, how fast, and what it cannot; and that a hidden layer can. */
class PerceptronTest {
    private static final int CELLS = 400;

    /** Patterns of 20 x 20 cells with light (1) or dark (-1), and the answer of one unit to each. */
    private record Patterns(float[][] x, int[] answers) {
    }

    private static final Shape ONE = Shape.of(1).concat(Perceptron.RETINA);

    private static float answer(Model model, float[] x, Mode mode) {
        try (var step = model.session().step(mode)) {
            return model.forward(step.of(ONE, x)).toArray()[0];
        }
    }

    /** One pattern after the other; the number of mistakes. */
    private static int pass(Model model, PerceptronRule rule, Patterns patterns) {
        var mistakes = 0;
        for (var i = 0; i < patterns.x.length; i++) {
            try (var step = model.session().step(Mode.TRAIN)) {
                var y = model.forward(step.of(ONE, patterns.x[i]));
                var target = step.of(Shape.of(1, 1), patterns.answers[i]);
                mistakes += y.toArray()[0] == patterns.answers[i] ? 0 : 1;
                step.backward(Losses.squaredError(y, target, Reduction.SUM).div(2));
            }
            rule.step();
        }
        return mistakes;
    }

    /**
     * Novikoff's theorem: with any solution w* of length 1 and margin gamma, inputs (a 1 for the bias among them) no longer than R make
     * (R / gamma)² mistakes at most. The solution tried here need not be the best, so the bound is one.
     */
    @Test
    void learnsWhatCanBeSeparatedWithinTheBoundOnItsMistakes() {
        var random = new SplittableRandom(5);
        var hidden = random.doubles(CELLS + 1, -1, 1).toArray();
        var x = new float[60][CELLS];
        var answers = new int[x.length];
        var margin = Double.POSITIVE_INFINITY;
        var length = 0.0;
        for (var i = 0; i < x.length; i++) {
            var sum = 0.0;
            var lit = 1;
            do {
                sum = hidden[CELLS];
                lit = 1;
                for (var k = 0; k < CELLS; k++) {
                    x[i][k] = random.nextBoolean() ? 1 : -1;
                    sum += x[i][k] > 0 ? hidden[k] : 0;
                    lit += x[i][k] > 0 ? 1 : 0;
                }
            } while (Math.abs(sum) < 3);
            answers[i] = sum > 0 ? 1 : 0;
            margin = Math.min(margin, Math.abs(sum));
            length = Math.max(length, Math.sqrt(lit));
        }
        margin /= Math.sqrt(java.util.Arrays.stream(hidden).map(h -> h * h).sum());
        try (var session = Session.open()) {
            var model = Perceptron.simple(1).build(session, Perceptron.RETINA, 1);
            var rule = new PerceptronRule(model.parameters());
            var all = 0;
            int mistakes;
            do {
                mistakes = pass(model, rule, new Patterns(x, answers));
                all += mistakes;
                assertTrue(all <= length * length / margin / margin, "more mistakes than the theorem allows: " + all);
            } while (mistakes > 0);
            assertTrue(all > 5, "it had next to nothing to learn");
            for (var i = 0; i < x.length; i++) {
                assertEquals(answers[i], answer(model, x[i], Mode.TRAIN), "pattern " + i);
            }
        }
    }

    /** Two cells of the retina; the others stay dark. */
    private static Patterns xor() {
        var x = new float[4][CELLS];
        var answers = new int[4];
        for (var i = 0; i < 4; i++) {
            java.util.Arrays.fill(x[i], -1);
            x[i][0] = i / 2 == 1 ? 1 : -1;
            x[i][1] = i % 2 == 1 ? 1 : -1;
            answers[i] = i / 2 ^ i % 2;
        }
        return new Patterns(x, answers);
    }

    /** A bar of five cells, lying (0) or standing (1), at each of the 400 places of a retina whose edges meet. */
    private static Patterns bars() {
        var x = new float[2 * CELLS][CELLS];
        var answers = new int[x.length];
        for (var i = 0; i < x.length; i++) {
            java.util.Arrays.fill(x[i], -1);
            answers[i] = i % 2;
            for (var k = 0; k < 5; k++) {
                var row = (i / 2 / 20 + (answers[i] == 1 ? k : 0)) % 20;
                var column = (i / 2 % 20 + (answers[i] == 0 ? k : 0)) % 20;
                x[i][row * 20 + column] = 1;
            }
        }
        return new Patterns(x, answers);
    }

    private static int wrongAfter(Patterns patterns, int passes) {
        try (var session = Session.open()) {
            var model = Perceptron.simple(1).build(session, Perceptron.RETINA, 1);
            var rule = new PerceptronRule(model.parameters());
            var fewest = patterns.x.length;
            for (var pass = 0; pass < passes; pass++) {
                assertTrue(pass(model, rule, patterns) > 0, "a pass without a mistake would be a solution");
                var wrong = 0;
                for (var i = 0; i < patterns.x.length; i++) {
                    wrong += answer(model, patterns.x[i], Mode.TRAIN) == patterns.answers[i] ? 0 : 1;
                }
                fewest = Math.min(fewest, wrong);
            }
            return fewest;
        }
    }

    @Test
    void cannotComputeExclusiveOr() {
        assertTrue(wrongAfter(xor(), 50) >= 1);
    }

    /** Over all places the sums of lying and of standing bars are equal, so not all of one kind can be above all of the other. */
    @Test
    void cannotTellLyingFromStandingBarsWhereverTheyAre() {
        assertTrue(wrongAfter(bars(), 10) >= 1);
    }

    private static double learned(Layer network, Patterns patterns, int steps) {
        try (var session = Session.open(Session.options().seed(2))) {
            var model = network.build(session, Perceptron.RETINA, 2);
            var adam = new Adam(model.parameters(), new Adam.Options(0.01));
            var n = patterns.x.length;
            var all = new float[n * CELLS];
            for (var i = 0; i < n; i++) {
                System.arraycopy(patterns.x[i], 0, all, i * CELLS, CELLS);
            }
            var right = 0;
            for (var i = 0; i < steps && right < n; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var y = model.forward(step.of(Shape.of(n).concat(Perceptron.RETINA), all));
                    var scores = y.toArray();
                    step.backward(y.crossEntropy(step.ofInts(Shape.of(n), patterns.answers)));
                    right = 0;
                    for (var k = 0; k < n; k++) {
                        right += scores[2 * k + 1] > scores[2 * k] == (patterns.answers[k] == 1) ? 1 : 0;
                    }
                }
                adam.step();
            }
            return (double) right / n;
        }
    }

    @Test
    void aHiddenLayerLearnsBoth() {
        assertEquals(1, learned(Perceptron.multiLayer(4, 2), xor(), 500));
        assertEquals(1, learned(Perceptron.multiLayer(60, 2), bars(), 500));
    }

    @Test
    void associationUnitsAreFixedAndResponsesLearn() {
        try (var session = Session.open()) {
            var model = Perceptron.mark1(8).build(session, Perceptron.RETINA, 1);
            assertEquals(1, model.buffers().size());
            var wires = model.buffers().get("association.wires").toArray();
            for (var unit = 0; unit < 512; unit++) {
                var exciting = 0;
                var inhibiting = 0;
                for (var k = 0; k < CELLS; k++) {
                    exciting += wires[unit * CELLS + k] == 1 ? 1 : 0;
                    inhibiting += wires[unit * CELLS + k] == -1 ? 1 : 0;
                }
                assertEquals(10, exciting);
                assertEquals(10, inhibiting);
            }
            assertEquals(java.util.List.of("response.weight", "response.bias"), model.parameters().stream().map(p -> p.name()).toList());
        }
    }
}
