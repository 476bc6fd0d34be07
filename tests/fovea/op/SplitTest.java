package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SplitTest {
    private static OpCase of(int axis, Shape x, Long... sizes) {
        var along = x.axis(axis);
        return OpCase.of("split " + axis + " of " + x + " into " + Arrays.toString(sizes), new Split(axis, Arrays.asList(sizes)))
                .input(x.toArray()).exact().oracle(in -> {
                    var parts = new double[sizes.length][];
                    var start = 0L;
                    for (var i = 0; i < sizes.length; i++) {
                        var first = start;
                        parts[i] = Indexing.gather(x.with(along, sizes[i]), x, in[0],
                                index -> Indexing.with(index, along, index[along] + first), 0);
                        start += sizes[i];
                    }
                    return parts;
                });
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(1, Shape.of(2, 6, 3, 3), 1L, 2L, 3L), of(1, Shape.of(2, 40, 5), 16L, 16L, 8L),
                of(1, Shape.of(2, 40, 5), 8L, 32L), of(0, Shape.of(20, 3), 16L, 4L), of(-1, Shape.of(4, 2, 50), 49L, 1L),
                of(0, Shape.of(9), 4L, 5L), of(2, Shape.of(3, 2, 4), 4L));
    }

    @Test
    void piecesThatReachNoLossCountAsZero() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.of(Shape.of(1, 4), 1, 2, 3, 4).track();
            var parts = x.split(1, 1, 2, 1);
            step.backward(parts[1], Gradients.REPLACE, 5, 6);
            assertArrayEquals(new float[] {0, 5, 6, 0}, x.grad());
        }
    }

    @Test
    void cutsIntoEqualPieces() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var pieces = step.arange(6).chunk(0, 3);
            assertEquals(3, pieces.length);
            assertArrayEquals(new float[] {2, 3}, pieces[1].toArray());
        }
    }

    @Test
    void refusesSizesThatDoNotAddUp() {
        Refusals.of(step -> step.zeros(Shape.of(2, 5)).split(1, 2, 2), "split", "[2, 2]", "add up to 4", "has 5");
        Refusals.of(step -> step.zeros(Shape.of(2, 5)).split(1, 5, 0), "split", "at least 1");
        Refusals.of(step -> step.zeros(Shape.of(2, 5)).split(3, 5), "split", "axis 3");
        Refusals.of(step -> step.zeros(Shape.of(2, 5)).chunk(1, 2), "chunk", "5 elements", "2 pieces");
    }
}
