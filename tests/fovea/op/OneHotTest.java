package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.ElementType;
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

class OneHotTest {
    private static OpCase of(OneHot op, long... dims) {
        var ids = Shape.of(dims);
        var y = op.infer(List.of(new Spec(ids, ElementType.I32))).getFirst().shape();
        var axis = op.place(ids);
        var n = (int) op.classes();
        return OpCase.of(op + " of " + ids, op).ids((random, _) -> random.nextInt(-n, n), dims).exact().sparse().oracle(in -> {
            var result = new double[(int) y.elements()];
            for (var i = 0; i < result.length; i++) {
                var index = Indexing.index(y, i);
                var which = new long[ids.rank()];
                System.arraycopy(index, 0, which, 0, axis);
                System.arraycopy(index, axis + 1, which, axis, which.length - axis);
                var id = Math.floorMod((long) in[0][(int) Indexing.offset(ids, which)], n);
                result[i] = index[axis] == id ? op.on() : op.off();
            }
            return new double[][] {result};
        });
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(new OneHot(10), 7), of(new OneHot(3), 2, 5), of(new OneHot(4, 1, 3, -1), 2, 5, 3),
                of(new OneHot(4, 0, 1, 0), 2, 5), of(new OneHot(5)), of(new OneHot(1000), 40));
    }

    @Test
    void isWhatItSays() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var y = step.ofInts(Shape.of(2), 1, 0).oneHot(3);
            assertEquals(Shape.of(2, 3), y.shape());
            assertArrayEquals(new float[] {0, 1, 0, 1, 0, 0}, y.toArray());
        }
    }

    @Test
    void refusesIdsOutsideWithTheirPosition() {
        Refusals.of(step -> step.ofInts(Shape.of(2), 1, 3).oneHot(3), "oneHot", "index 3 at position 1", "0 to 2");
        Refusals.of(step -> step.zeros(Shape.of(2)).oneHot(3), "oneHot", "ids", "I32");
        Refusals.of(step -> step.ofInts(Shape.of(2), 1, 0).oneHot(0), "oneHot", "0 classes");
        Refusals.of(step -> step.apply(new OneHot(3, 2, 1, 0), step.ofInts(Shape.of(2), 1, 0)), "oneHot", "no place 2", "-2 to 1");
    }
}
