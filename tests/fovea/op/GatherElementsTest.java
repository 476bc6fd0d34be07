package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.Gradients;
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

class GatherElementsTest {
    private static OpCase of(Shape x, int axis, long... index) {
        var along = x.axis(axis);
        var n = (int) x.dim(along);
        var y = Shape.of(index);
        return OpCase.of("gatherElements " + x + " along " + axis + " by " + y, new GatherElements(axis)).input(x.toArray())
                .ids((random, _) -> random.nextInt(-n, n), index).exact().sparse().terms(2 * y.dim(along))
                .oracle(in -> new double[][] {Indexing.gather(y, x, in[0], to -> Indexing.with(to, along,
                        Math.floorMod((long) in[1][(int) Indexing.offset(y, to)], n)), 0)});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(Shape.of(5, 4), 0, 3, 4), of(Shape.of(5, 4), 1, 5, 1), of(Shape.of(5, 4), 1, 3, 9),
                of(Shape.of(2, 3, 4, 5), 1, 2, 7, 3, 4), of(Shape.of(2, 3, 4, 5), -1, 1, 3, 2, 6), of(Shape.of(9), 0, 20),
                of(Shape.of(120, 90), 0, 200, 90), of(Shape.of(120, 90), 1, 120, 200));
    }

    @Test
    void picksTheProbabilityOfEachClassId() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var p = step.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6).track();
            var picked = p.gatherElements(1, step.ofInts(Shape.of(2, 1), 2, 0));
            assertArrayEquals(new float[] {3, 4}, picked.toArray());
            step.backward(picked, Gradients.REPLACE, 7, 8);
            assertArrayEquals(new float[] {0, 0, 7, 8, 0, 0}, p.grad());
        }
    }

    @Test
    void refusesIndicesThatDoNotFit() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).gatherElements(1, step.ofInts(Shape.of(1, 2), 0, 3)), "gatherElements",
                "index 3 at position 1", "0 to 2");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).gatherElements(1, step.ofInts(Shape.of(3, 1), 0, 0, 0)), "gatherElements", "[3, 1]",
                "[2, 3]");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).gatherElements(1, step.ofInts(Shape.of(2), 0, 0)), "gatherElements", "rank");
    }
}
