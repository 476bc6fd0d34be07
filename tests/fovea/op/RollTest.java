package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RollTest {
    private static OpCase of(Shape x, Roll.Shift... shifts) {
        return OpCase.of("roll " + x + " " + List.of(shifts), new Roll(shifts)).input(x.toArray()).exact()
                .oracle(in -> new double[][] {Indexing.gather(x, x, in[0], to -> {
                    var from = to.clone();
                    for (var shift : shifts) {
                        var axis = x.axis(shift.axis());
                        from[axis] = Math.floorMod(to[axis] - shift.places(), x.dim(axis));
                    }
                    return from;
                }, 0)});
    }

    private static Roll.Shift shift(int axis, long places) {
        return new Roll.Shift(axis, places);
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        var x = Shape.of(2, 3, 7, 9);
        return OpContract.tests(of(x, shift(3, 2)), of(x, shift(2, -3), shift(-1, 5)),
                of(x, shift(0, 1), shift(1, 1), shift(2, 1), shift(3, 1)),
                of(x, shift(3, 9), shift(1, -3)), of(x, shift(1, 1)), of(x), of(Shape.of(50), shift(0, 33)), of(Shape.of(3, 20, 30, 33),
                        shift(2, 15), shift(3, 16)));
    }

    @Test
    void isWhatItSays() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            assertArrayEquals(new float[] {3, 1, 2}, step.of(Shape.of(3), 1, 2, 3).roll(0, 1).toArray());
            assertArrayEquals(new int[] {2, 3, 1}, step.ofInts(Shape.of(3), 1, 2, 3).roll(0, -1).toIntArray());
        }
    }

    @Test
    void refusesAxesThatDoNotExist() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).roll(2, 1), "roll", "axis 2", "[2, 3]");
        Refusals.of(step -> step.apply(new Roll(shift(1, 1), shift(-1, 1)), step.zeros(Shape.of(2, 3))), "roll", "twice");
    }
}
