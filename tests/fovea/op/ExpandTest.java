package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ExpandTest {
    private static OpCase of(Shape x, long... dims) {
        var y = Shape.of(dims);
        return OpCase.of("expand " + x + " to " + y, new Expand(y)).input(x.toArray()).exact().terms((double) y.elements() / x.elements())
                .oracle(in -> new double[][] {Indexing.gather(y, x, in[0], to -> {
                    var from = new long[x.rank()];
                    for (var i = 0; i < from.length; i++) {
                        from[i] = x.dim(i) == 1 ? 0 : to[to.length - from.length + i];
                    }
                    return from;
                }, 0)});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(Shape.of(1, 3, 1, 1), 4, 3, 5, 6), of(Shape.of(2, 1, 5, 6), 2, 4, 5, 6), of(Shape.of(2, 3, 1), 2, 3, 70),
                of(Shape.of(5), 3, 5), of(Shape.of(5, 1), 2, 5, 9), of(Shape.scalar(), 2, 3), of(Shape.of(1), 40), of(Shape.of(2, 3), 2, 3),
                of(Shape.of(1, 2, 1, 3, 1), 4, 2, 5, 3, 2), of(Shape.of(1, 130), 200, 130), of(Shape.of(130, 1), 130, 200));
    }

    @Test
    void keepsExtentsThatAreMinusOne() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var y = step.arange(2).reshape(2, 1).expand(-1, 3);
            assertEquals(Shape.of(2, 3), y.shape());
            assertArrayEquals(new float[] {0, 0, 0, 1, 1, 1}, y.toArray());
            assertArrayEquals(new int[] {7, 7}, step.ofInts(Shape.of(1), 7).expand(2).toIntArray());
        }
    }

    @Test
    void refusesAxesThatCannotGrow() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).expand(2, 6), "expand", "[2, 3]", "[2, 6]");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).expand(3), "expand", "[2, 3]", "[3]");
    }
}
