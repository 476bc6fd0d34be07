package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.Broadcast;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class WhereTest {
    private static OpCase of(Shape condition, Shape a, Shape b) {
        var y = Broadcast.shape(condition, a, b);
        return OpCase.of("where %s, %s, %s".formatted(condition, a, b), Where.WHERE)
                .constant((random, _) -> random.nextInt(2), condition.toArray()).input(a.toArray()).input(b.toArray()).exact().sparse()
                .oracle(in -> {
                    var result = new double[(int) y.elements()];
                    for (var i = 0; i < result.length; i++) {
                        result[i] = Broadcast.at(in[0], condition, y, i) != 0 ? Broadcast.at(in[1], a, y, i) : Broadcast.at(in[2], b, y, i);
                    }
                    return new double[][] {result};
                });
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        var x = Shape.of(2, 17, 3, 5);
        return OpContract.tests(of(x, x, x), of(Shape.of(17, 1, 1), x, x), of(x, Shape.scalar(), x), of(x, x, Shape.of(2, 17, 1, 1)),
                of(Shape.of(2, 1, 3, 5), x, Shape.of(17, 1, 1)), of(Shape.of(3, 1), Shape.of(1, 4), Shape.of(2, 1, 1)), of(Shape.of(9),
                        Shape.of(9), Shape.of(9)),
                of(Shape.of(18, 1), Shape.of(18, 3), Shape.of(3)), of(x, Shape.of(5), Shape.of(3, 1)));
    }

    @Test
    void theBranchThatIsNotTakenDoesNotMatter() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var condition = step.of(Shape.of(3), 1, 0, Float.NaN).track();
            var a = step.of(Shape.of(3), 1, Float.NaN, 3).track();
            var y = condition.where(a, step.of(Shape.scalar(), 7));
            assertArrayEquals(new float[] {1, 7, 3}, y.toArray());
            step.backward(y, Gradients.REPLACE, 1, Float.NaN, 2);
            assertArrayEquals(new float[] {1, 0, 2}, a.grad());
            assertArrayEquals(new float[] {0, 0, 0}, condition.grad());
        }
    }

    @Test
    void refusesShapesThatDoNotFit() {
        Refusals.of(step -> step.zeros(Shape.of(2)).where(step.zeros(Shape.of(3)), step.zeros(Shape.of(3))), "where", "[2]", "[3]");
    }
}
