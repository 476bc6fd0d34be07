package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Parameter;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.runtime.Layout;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ConcatTest {
    private static OpCase of(int axis, Shape base, long... extents) {
        var op = new Concat(axis);
        var along = base.axis(axis);
        var shapes = Arrays.stream(extents).mapToObj(n -> base.with(along, n)).toArray(Shape[]::new);
        var y = base.with(along, Arrays.stream(extents).sum());
        var c = OpCase.of("concat " + axis + " of " + Arrays.toString(shapes), op).exact().everyInputPlaced();
        for (var shape : shapes) {
            c.input(shape.toArray());
        }
        return c.oracle(in -> {
            var result = new double[(int) y.elements()];
            for (var i = 0; i < result.length; i++) {
                var index = Indexing.index(y, i);
                var part = 0;
                while (index[along] >= extents[part]) {
                    index[along] -= extents[part++];
                }
                result[i] = in[part][(int) Indexing.offset(shapes[part], index)];
            }
            return new double[][] {result};
        });
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAlongEveryAxis() {
        var base = Shape.of(2, 3, 4, 5);
        return OpContract.tests(of(0, base, 1, 2), of(1, base, 3, 1, 2), of(2, base, 4, 1), of(-1, base, 2, 3, 1), of(1, base, 4),
                of(0, Shape.of(7), 7, 1, 30), of(1, Shape.of(5, 1), 1, 1, 1, 1), of(0, Shape.of(2, 2, 1, 2, 1, 2, 1, 2), 2, 1));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundBlocksOf16() {
        var base = Shape.of(3, 16, 3, 4);
        return OpContract.tests(of(1, base, 16, 32), of(1, base, 16, 5), of(1, base, 5, 16), of(1, base, 17, 15, 32), of(0, base, 16, 3),
                of(0, base, 3, 16), of(2, base, 7, 9), of(1, Shape.of(18, 1, 5, 12), 16, 16));
    }

    @Test
    void staysInBlocksWhereChannelsAreMultiplesOf16() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var c16 = new Reorder("C16");
            var a = step.apply(c16, step.normal(Shape.of(2, 16, 5, 5), 0, 1));
            var b = step.apply(c16, step.normal(Shape.of(2, 24, 5, 5), 0, 1));
            assertEquals(Layout.C16, Sessions.layout(a.concat(1, b)));
            assertEquals(Layout.PLAIN, Sessions.layout(b.concat(1, a)));
            assertEquals(Layout.C16, Sessions.layout(a.concat(2, a)));
        }
    }

    @Test
    void takesHundredsOfInputsOfWhichSomeNeedNoGradient() {
        try (var session = Session.open()) {
            var n = 300;
            var w = IntStream.range(0, n).mapToObj(i -> session.parameter("w" + i, Shape.of(2, 1 + i % 3))).toArray(Parameter[]::new);
            var seed = new float[1200];
            for (var k = 0; k < seed.length; k++) {
                seed[k] = k;
            }
            for (var pass = 0; pass < 3; pass++) {
                for (var i = 101; i < n; i++) {  // only far beyond the 64th
                    w[i].freeze((i + pass) % 3 == 0);
                }
                try (var step = session.step(Mode.TRAIN)) {
                    var y = step.apply(new Concat(1), w);
                    assertEquals(Shape.of(2, 600), y.shape());
                    step.backward(y, Gradients.REPLACE, seed);
                }
                var offset = 0;
                for (var i = 0; i < n; i++) {
                    var extent = 1 + i % 3;
                    assertEquals(!w[i].frozen(), w[i].hasGrad(), "input " + i);
                    for (var k = 0; w[i].hasGrad() && k < 2 * extent; k++) {
                        assertEquals(k / extent * 600 + offset + k % extent, w[i].grad()[k], "gradient of input " + i);
                    }
                    offset += extent;
                }
            }
        }
    }

    @Test
    void joinsIntegers() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var a = step.ofInts(Shape.of(2, 1), 1, 2);
            assertArrayEquals(new int[] {1, 1, 2, 2}, a.concat(1, a).toIntArray());
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).concat(1, step.zeros(Shape.of(3, 3))), "concat", "input 1 is [3, 3]", "only axis 1");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).concat(1, step.zeros(Shape.of(2, 3, 1))), "concat", "[2, 3, 1]");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).concat(2, step.zeros(Shape.of(2, 3))), "concat", "axis 2", "-2 to 1");
        Refusals.of(step -> step.zeros(Shape.of(2)).concat(0, step.input(Shape.of(2), ElementType.I32)), "concat", "I32", "to(type)");
    }
}
