package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.runtime.Layout;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ReshapeTest {
    private static OpCase of(Shape x, long... dims) {
        return OpCase.of("reshape " + x + " to " + Shape.of(dims), new Reshape(Shape.of(dims))).input(x.toArray()).exact()
                .oracle(in -> new double[][] {in[0].clone()});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(Shape.of(2, 3, 4, 5), 2, 60), of(Shape.of(2, 3, 4, 5), 120), of(Shape.of(2, 3, 4, 5), 2, 3, 20),
                of(Shape.of(2, 17, 6), 2, 17, 2, 3), of(Shape.of(3, 32, 1, 1), 3, 32), of(Shape.of(3, 32, 1, 1), 3, 4, 8),
                of(Shape.of(3, 20, 1, 1), 60), of(Shape.of(17, 1), 17), of(Shape.of(16, 16), 256), of(Shape.scalar(), 1, 1));
    }

    @Test
    void keepsABlockedLayoutWhereItNeedNotMoveAnything() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var c16 = new Reorder("C16");
            assertEquals(Layout.C16, Sessions.layout(step.apply(c16, step.zeros(Shape.of(2, 20, 3, 4))).reshape(2, 20, 12)));
            assertEquals(Layout.PLAIN, Sessions.layout(step.apply(c16, step.zeros(Shape.of(2, 20, 3, 4))).flatten()));
            var pooled = step.apply(c16, step.zeros(Shape.of(2, 32, 1, 1)));
            var before = Sessions.reorders(step);
            assertEquals(Layout.PLAIN, Sessions.layout(pooled.reshape(64)));
            assertEquals(before, Sessions.reorders(step), "pooled channels are flattened without a copy");
        }
    }

    @Test
    void offersOtherShapes() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.arange(24).reshape(2, 3, 4);
            assertEquals(Shape.of(2, 12), x.flatten().shape());
            assertEquals(Shape.of(6, 4), x.flatten(0, 1).shape());
            assertEquals(Shape.of(24), x.reshape(-1).shape());
            assertEquals(Shape.of(4, 6), x.reshape(4, -1).shape());
            assertEquals(Shape.of(2, 1, 3, 4), x.unsqueeze(1).shape());
            assertEquals(Shape.of(2, 3, 4, 1), x.unsqueeze(-1).shape());
            assertEquals(Shape.of(2, 3, 4), x.unsqueeze(0).squeeze(0).shape());
            assertEquals(Shape.of(1), step.full(Shape.scalar(), 1).flatten().shape());
        }
    }

    @Test
    void pixelsAreShuffledOutOfChannelsAndBack() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            for (var r = 1; r <= 4; r++) {
                var small = Shape.of(2, 3 * r * r, 5, 7);
                var large = Shape.of(2, 3, 5 * r, 7 * r);
                var x = step.normal(small, 0, 1).track();
                var y = x.pixelShuffle(r);
                assertEquals(large, y.shape());
                var elements = new double[(int) small.elements()];
                for (var i = 0; i < elements.length; i++) {
                    elements[i] = x.toArray()[i];
                }
                var factor = r;
                var expected = Indexing.gather(large, small, elements, to -> new long[] {to[0],
                        to[1] * factor * factor + to[2] % factor * factor + to[3] % factor, to[2] / factor, to[3] / factor}, 0);
                for (var i = 0; i < expected.length; i++) {
                    assertEquals(expected[i], y.toArray()[i]);
                }
                assertArrayEquals(x.toArray(), y.pixelUnshuffle(r).toArray());
            }
        }
    }

    @Test
    void gradientsOfShuffledPixelsGoBack() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.of(Shape.of(1, 4, 1, 2), 0, 1, 2, 3, 4, 5, 6, 7).track();
            var y = x.pixelShuffle(2);
            assertArrayEquals(new float[] {0, 2, 1, 3, 4, 6, 5, 7}, y.toArray());
            step.backward(y, Gradients.REPLACE, 0, 2, 1, 3, 4, 6, 5, 7);
            assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7}, x.grad());
        }
    }

    @Test
    void refusesOtherNumbersOfElements() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).reshape(7), "reshape", "6", "7");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).reshape(4, -1), "reshape", "-1", "6 elements");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).squeeze(1), "squeeze", "3 elements");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).unsqueeze(3), "unsqueeze", "place 3");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).flatten(1, 0), "flatten", "after");
        Refusals.of(step -> step.zeros(Shape.of(1, 6, 2, 2)).pixelShuffle(2), "pixelShuffle", "factor 2", "c a multiple");
        Refusals.of(step -> step.zeros(Shape.of(1, 1, 3, 2)).pixelUnshuffle(2), "pixelUnshuffle", "factor 2", "h and w");
    }
}
