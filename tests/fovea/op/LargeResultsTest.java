package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import fovea.runtime.Layout;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What no cache holds is written past the caches: two images at once give what each of them gives, which is small enough for one. */
class LargeResultsTest {
    private static final Shape IMAGES = Shape.of(2, 16, 264, 500);

    private record Result(float[] y, float[] dx) {
    }

    private static Result run(Session session, Shape shape, float[] x, UnaryOperator<Tensor> op) {
        try (var step = session.step(Mode.TRAIN)) {
            var in = step.of(shape, x).track();
            var y = op.apply(step.apply(new Reorder(Layout.C16.name()), in));
            step.backward(y, Gradients.REPLACE, Arrays.copyOf(x, (int) y.shape().elements()));
            return new Result(y.toArray(), in.grad());
        }
    }

    private static float[] image(float[] x, int i) {
        return Arrays.copyOfRange(x, i * x.length / 2, (i + 1) * x.length / 2);
    }

    private static void check(UnaryOperator<Tensor> op) {
        // The gradient of the result begins like x does: the images are alike, so that both begin in the same way.
        var x = new float[(int) IMAGES.elements()];
        for (var i = 0; i < x.length; i++) {
            x[i] = i % (x.length / 2) * 37L % 1021 - 510;
        }
        for (var isa : Tiers.available()) {
            try (var session = Session.open(Session.options().isa(isa))) {
                var both = run(session, IMAGES, x, op);
                for (var i = 0; i < 2; i++) {
                    var one = run(session, Shape.of(1).concat(IMAGES.slice(1, 4)), image(x, i), op);
                    assertArrayEquals(one.y, image(both.y, i), isa + ": y");
                    assertArrayEquals(one.dx, image(both.dx, i), isa + ": dx");
                }
            }
        }
    }

    @Test
    void maxPoolGivesWhatItGivesInCaches() {
        check(x -> x.maxPool(Window.of(3, 3).stride(1).padding(1)));
    }

    @Test
    void avgPoolGivesWhatItGivesInCaches() {
        check(x -> x.avgPool(Window.of(3, 3).stride(1).padding(1)));
    }

    @Test
    void batchNormGivesWhatItGivesInCaches() {
        check(x -> {
            var mean = x.step().of(Shape.of(16), new float[16]);
            var variance = x.step().of(Shape.of(16), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
            return x.batchNorm(BatchNorm.of(false).affine(false), mean, variance);
        });
    }
}
