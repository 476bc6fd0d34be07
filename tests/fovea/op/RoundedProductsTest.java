package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.EmulatedBf16;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Dense layers and products in bf16, forward and backward. RoundedGemmTest proves the arithmetic; here everything that is multiplied,
 * and nothing else, must have been rounded: numbers that are rounded already give the same bits, and small integers exact results.
 */
class RoundedProductsTest {
    /** The result and all gradients, one behind the other. */
    private static float[][] run(Session session, Op op, Shape[] shapes, float[][] inputs, float[] dy) {
        session.profiling(true);
        try (var step = session.step(Mode.TRAIN)) {
            var tensors = new fovea.Tensor[shapes.length];
            Arrays.setAll(tensors, i -> step.of(shapes[i], inputs[i]).track());
            var y = step.apply(op, tensors);
            var all = new float[shapes.length + 1][];
            all[0] = y.toArray();
            step.backward(y, Gradients.REPLACE, dy);
            for (var i = 0; i < shapes.length; i++) {
                all[i + 1] = tensors[i].grad();
            }
            return all;
        }
    }

    private static float[] draw(SplittableRandom random, long n, boolean integers) {
        var x = new float[(int) n];
        for (var i = 0; i < x.length; i++) {
            x[i] = integers ? random.nextInt(-4, 5) : (float) random.nextGaussian();
        }
        return x;
    }

    private static void check(Op op, int rounded, long[]... dims) {
        var shapes = Arrays.stream(dims).map(Shape::of).toArray(Shape[]::new);
        var y = op.infer(Arrays.stream(shapes).map(Spec::f32).toList()).getFirst().shape();
        for (var isa : Tiers.available()) {
            var options = Session.options().isa(isa);
            try (var plain = Session.open(options);
                    var one = EmulatedBf16.open(options.threads(1).prefer("own:bf16"));
                    var two = EmulatedBf16.open(options.threads(2).strict(true).prefer("own:bf16"))) {
                for (var integers : new boolean[] {true, false}) {
                    var random = new SplittableRandom(7);
                    var x = new float[shapes.length][];
                    Arrays.setAll(x, i -> draw(random, shapes[i].elements(), integers));
                    var dy = draw(random, y.elements(), integers);
                    var result = run(one, op, shapes, x, dy);
                    assertSame(result, run(two, op, shapes, x, dy), op + " on " + isa + ": 1 and 2 threads");
                    if (integers) {
                        assertSame(run(plain, op, shapes, x, dy), result, op + " on " + isa + ": small integers");
                        continue;
                    }
                    assertNotEquals(Arrays.toString(run(plain, op, shapes, x, dy)[0]), Arrays.toString(result[0]));
                    var before = new float[shapes.length][];
                    Arrays.setAll(before, i -> i < rounded ? EmulatedBf16.rounded(x[i]) : x[i]);
                    var again = run(one, op, shapes, before, EmulatedBf16.rounded(dy));
                    for (var i = 0; i <= rounded; i++) {
                        assertArrayEquals(result[i], again[i], op + " on " + isa + ": result " + i);
                    }
                }
                assertEquals(1, one.profile(Mode.TRAIN).stream().filter(row -> row.implementation().equals("own:bf16")).count());
            }
        }
    }

    private static void assertSame(float[][] expected, float[][] actual, String message) {
        for (var i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], actual[i], message + ", result " + i);
        }
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    @Test
    void denseLayersRoundInputsWeightsAndGradients() {
        check(Linear.LINEAR, 2, dims(5, 3), dims(7, 3), dims(7));
        check(new Linear(Activation.RELU), 2, dims(33, 130), dims(50, 130), dims(50));
        check(Linear.LINEAR, 2, dims(2, 9, 600), dims(40, 600));
    }

    @Test
    void productsRoundBothOperandsAndGradients() {
        check(MatMul.MATMUL, 2, dims(33, 70), dims(70, 49));
        check(new MatMul(true, true), 2, dims(17, 5), dims(20, 17));
        check(MatMul.MATMUL, 2, dims(4, 3, 5), dims(5, 20));
    }

    @Test
    void theGradientOfABiasIsNotRounded() {
        var shapes = new Shape[] {Shape.of(1, 2), Shape.of(3, 2), Shape.of(3)};
        try (var session = EmulatedBf16.open(Session.options().prefer("own:bf16"))) {
            var dy = new float[] {1 + 0x1p-20f, 2 + 0x1p-20f, 3 + 0x1p-20f};
            assertArrayEquals(dy, run(session, Linear.LINEAR, shapes, new float[][] {{1, 2}, {1, 2, 3, 4, 5, 6}, {0, 0, 0}}, dy)[3]);
        }
    }
}
