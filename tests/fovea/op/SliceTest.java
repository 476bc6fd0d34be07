package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.runtime.Layout;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SliceTest {
    private static Slice.Range range(int axis, long start, long count, long step) {
        return new Slice.Range(axis, start, count, step);
    }

    private static OpCase of(Shape x, Slice.Range... ranges) {
        var op = new Slice(ranges);
        var y = op.infer(List.of(Spec.f32(x))).getFirst().shape();
        return OpCase.of("slice " + x + " " + List.of(ranges), op).input(x.toArray()).exact()
                .oracle(in -> new double[][] {Indexing.gather(y, x, in[0], index -> {
                    var from = index.clone();
                    for (var range : ranges) {
                        var axis = x.axis(range.axis());
                        var start = range.start() < 0 ? range.start() + x.dim(axis) : range.start();
                        from[axis] = start + index[axis] * range.step();
                    }
                    return from;
                }, 0)});
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        var x = Shape.of(2, 3, 7, 9);
        return OpContract.tests(of(x, range(3, 2, 5, 1)), of(x, range(2, 1, 3, 2)), of(x, range(-1, 0, 5, 2)), of(x, range(1, 1, 1, 1)),
                of(x, range(2, 1, 5, 1), range(3, 1, 7, 1)), of(x, range(0, 1, 1, 1), range(3, 8, 3, -4)), of(x, range(3, -1, 9, -1)),
                of(x, range(2, -1, 7, -1), range(3, -2, 2, -3)), of(x), of(Shape.of(50), range(0, 3, 11, 4)),
                of(Shape.of(2, 33, 18, 31), range(1, 16, 16, 1)), of(Shape.of(3, 40, 3, 5), range(1, 16, 24, 1), range(3, 1, 3, 1)),
                of(Shape.of(3, 40, 3, 5), range(1, 8, 16, 1)), of(Shape.of(3, 40, 3, 5), range(1, 0, 20, 2)),
                of(Shape.of(40, 3, 2), range(0, 16, 20, 1)), of(Shape.of(40, 3, 2), range(0, 32, 8, 1), range(1, 2, 2, -2)));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract
                .tests(IntStream.of(1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 64, 65).boxed()
                        .flatMap(n -> Stream.of(of(Shape.of(3, n + 2), range(1, 1, n, 1)),
                                of(Shape.of(3, n), range(1, -1, n, -1)), of(Shape.of(2, 2 * n), range(1, 1, n, 2))))
                        .toArray(OpCase[]::new));
    }

    @Test
    void fluentSlicesCountFromTheEndToo() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.arange(10);
            assertArrayEquals(new float[] {7, 8}, x.slice(0, -3, -1).toArray());
            assertArrayEquals(new float[] {1, 4, 7}, x.slice(0, 1, 10, 3).toArray());
            assertArrayEquals(new float[] {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}, x.flip(0).toArray());
            assertArrayEquals(new float[] {2, 3, 0, 1}, step.arange(4).reshape(2, 2).flip(0).toArray());
            var row = step.arange(6).reshape(2, 3).select(0, -1);
            assertEquals(Shape.of(3), row.shape());
            assertArrayEquals(new float[] {3, 4, 5}, row.toArray());
        }
    }

    @Test
    void staysInBlocksWhereItCutsBetweenThem() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.apply(new Reorder("C16"), step.normal(Shape.of(2, 40, 5, 5), 0, 1));
            assertEquals(Layout.C16, Sessions.layout(x.slice(1, 16, 40)));
            assertEquals(Layout.C16, Sessions.layout(x.slice(3, 1, 4)));
            assertEquals(Layout.PLAIN, Sessions.layout(x.slice(1, 1, 17)));
            assertEquals(Layout.PLAIN, Sessions.layout(x.slice(1, 0, 20)));
        }
    }

    @Test
    void cutsIntegers() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            assertArrayEquals(new int[] {4, 2, 0}, step.ofInts(Shape.of(5), 0, 1, 2, 3, 4).flip(0).slice(0, 0, 5, 2).toIntArray());
        }
    }

    @Test
    void refusesRangesThatLeaveTheAxis() {
        Refusals.of(step -> step.zeros(Shape.of(2, 5)).slice(1, 3, 6), "slice", "3 to 6", "axis 1", "0 to 4");
        Refusals.of(step -> step.zeros(Shape.of(2, 5)).slice(1, 3, 3), "slice", "3 to 3");
        Refusals.of(step -> step.zeros(Shape.of(2, 5)).slice(1, 0, 5, -1), "slice", "step -1", "flip");
        Refusals.of(step -> step.apply(new Slice(range(1, 2, 3, 2)), step.zeros(Shape.of(2, 5))), "slice", "3 elements from 2 with step 2");
        Refusals.of(step -> step.apply(new Slice(range(1, 0, 1, 1), range(-1, 0, 1, 1)), step.zeros(Shape.of(2, 5))), "slice", "twice");
        Refusals.of(step -> step.apply(new Slice(range(2, 0, 1, 1)), step.zeros(Shape.of(2, 5))), "slice", "axis 2");
    }
}
