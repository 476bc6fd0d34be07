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

class GatherTest {
    /** Indices are drawn from -n to n - 1. */
    private static OpCase of(Shape x, int axis, long... index) {
        var along = x.axis(axis);
        var n = (int) x.dim(along);
        var indices = Shape.of(index);
        var y = new Gather(axis).infer(List.of(Spec.f32(x), new Spec(indices, ElementType.I32))).getFirst().shape();
        return OpCase.of("gather " + x + " along " + axis + " by " + indices, new Gather(axis)).input(x.toArray())
                .ids((random, _) -> random.nextInt(-n, n), index).exact().sparse().terms(2 * indices.elements())
                .oracle(in -> new double[][] {Indexing.gather(y, x, in[0], to -> {
                    var from = new long[x.rank()];
                    var which = new long[indices.rank()];
                    System.arraycopy(to, 0, from, 0, along);
                    System.arraycopy(to, along, which, 0, which.length);
                    System.arraycopy(to, along + which.length, from, along + 1, x.rank() - along - 1);
                    from[along] = Math.floorMod((long) in[1][(int) Indexing.offset(indices, which)], n);
                    return from;
                }, 0)});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(Shape.of(5, 4), 0, 3), of(Shape.of(5, 4), 1, 7), of(Shape.of(2, 3, 4, 5), 1, 2, 3),
                of(Shape.of(2, 3, 4, 5), -2, 1), of(Shape.of(9), 0, 20), of(Shape.of(9), 0), of(Shape.of(300, 17), 0, 50),
                of(Shape.of(3, 40, 130), 1, 60), of(Shape.of(2, 5, 70), 0, 40, 8));
    }

    @Test
    void takesRowsOfEveryElementType() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var index = step.ofInts(Shape.of(3), 2, 0, -1);
            assertArrayEquals(new float[] {4, 5, 0, 1, 4, 5}, step.arange(6).reshape(3, 2).gather(0, index).toArray());
            for (var type : List.of(ElementType.I32, ElementType.U8, ElementType.BF16)) {
                var y = step.arange(6).reshape(3, 2).to(type).gather(0, index);
                assertEquals(type, y.type());
                assertArrayEquals(new float[] {4, 5, 0, 1, 4, 5}, y.toArray());
            }
        }
    }

    @Test
    void refusesIndicesOutsideWithTheirPosition() {
        Refusals.of(step -> step.arange(4).gather(0, step.ofInts(Shape.of(3), 0, 4, 9)), "gather", "index 4 at position 1", "0 to 3");
        Refusals.of(step -> step.arange(4).gather(0, step.ofInts(Shape.of(2), -4, -5)), "gather", "index -5 at position 1", "-4 to -1");
        Refusals.of(step -> step.arange(4).gather(0, step.zeros(Shape.of(1))), "gather", "index", "I32");
        Refusals.of(step -> step.arange(4).gather(1, step.ofInts(Shape.of(1), 0)), "gather", "axis 1");
    }
}
