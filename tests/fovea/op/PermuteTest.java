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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PermuteTest {
    private static OpCase of(int[] axes, long... dims) {
        var op = Permute.of(axes);
        var x = Shape.of(dims);
        return OpCase.of("permute " + Arrays.toString(axes) + " " + x, op).input(dims).exact()
                .oracle(in -> new double[][] {permuted(op, x, in[0])});
    }

    private static double[] permuted(Permute op, Shape x, double[] elements) {
        var order = op.order(x);
        return Indexing.gather(op.infer(List.of(Spec.f32(x))).getFirst().shape(), x, elements, y -> {
            var index = new long[order.length];
            for (var i = 0; i < order.length; i++) {
                index[order[i]] = y[i];
            }
            return index;
        }, 0);
    }

    private static void orders(List<Integer> begun, int rank, List<int[]> all) {
        if (begun.size() == rank) {
            all.add(begun.stream().mapToInt(i -> i).toArray());
        }
        for (var i = 0; i < rank; i++) {
            if (!begun.contains(i)) {
                var longer = new ArrayList<>(begun);
                longer.add(i);
                orders(longer, rank, all);
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> everyOrderOfFourAxesKeepsTheContract() {
        var all = new ArrayList<int[]>();
        orders(List.of(), 4, all);
        assertEquals(24, all.size());
        return OpContract.tests(all.stream().map(order -> of(order, 2, 3, 5, 4)).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> matricesOfEverySizeAroundVectorWidthsKeepTheContract() {
        return OpContract.tests(IntStream.of(1, 3, 4, 5, 8, 15, 16, 17, 33).boxed()
                .flatMap(rows -> IntStream.of(1, 2, 4, 7, 16, 35).mapToObj(columns -> of(new int[] {1, 0}, rows, columns)))
                .toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> largeAndDeepOnesKeepTheContract() {
        return OpContract.tests(of(new int[] {0, 2, 3, 1}, 2, 64, 12, 21), of(new int[] {0, 3, 1, 2}, 3, 40, 15, 3),
                of(new int[] {0, 2, 3, 1}, 2, 3, 45, 70), of(new int[] {1, 0}, 150, 130),
                of(new int[] {0, 1, 4, 2, 5, 3}, 2, 3, 2, 2, 5, 7), of(new int[] {7, 5, 3, 1, 0, 2, 4, 6}, 2, 3, 2, 2, 1, 2, 3, 2),
                of(new int[] {-1, 0}, 5, 6), of(new int[] {0}, 9), of(new int[0]));
    }

    @Test
    void movesEveryElementType() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            for (var shape : List.of(Shape.of(2, 37, 53), Shape.of(1, 3, 21), Shape.of(2, 40, 4), Shape.of(2, 70, 70))) {
                var values = IntStream.range(0, (int) shape.elements()).map(i -> i % 251).toArray();
                var expected = permuted(Permute.of(0, 2, 1), shape, Arrays.stream(values).asDoubleStream().toArray());
                for (var type : List.of(ElementType.I32, ElementType.U8, ElementType.BF16)) {
                    var x = step.input(shape, type);
                    x.copyFrom(values);
                    var y = x.transpose(1, 2);
                    assertEquals(type, y.type());
                    var actual = y.toArray();
                    for (var i = 0; i < actual.length; i++) {
                        assertEquals(expected[i], actual[i], type + " " + shape + " at " + i);
                    }
                }
            }
        }
    }

    @Test
    void thereAndBackIsTheSame() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.normal(Shape.of(3, 17, 9, 10), 0, 1);
            assertArrayEquals(x.toArray(), x.permute(3, 1, 0, 2).permute(2, 1, 3, 0).toArray());
        }
    }

    @Test
    void refusesWhatIsNoOrderOfTheAxes() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).permute(0, 1, 2), "permute", "[0, 1, 2]", "[2, 3]");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).permute(1, 1), "permute", "[1, 1]", "twice");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).permute(0, 2), "permute", "axis 2", "[2, 3]");
    }
}
