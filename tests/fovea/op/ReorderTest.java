package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Sessions;
import fovea.Shape;
import fovea.runtime.Layout;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ReorderTest {
    private static Stream<OpCase> of(long... dims) {
        return Arrays.stream(Layout.values()).map(to -> OpCase.of("to " + to + " " + Arrays.toString(dims), new Reorder(to.name()))
                .input(dims).exact().oracle(in -> new double[][] {in[0].clone()}));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        var small = IntStream.of(1, 3, 4, 5, 7, 8, 15, 16, 17, 20, 31).boxed().flatMap(s -> of(2, 19, s));
        var others = Stream.of(of(1, 1), of(16, 16), of(3, 4, 5, 6), of(33, 2, 9), of(5, 48, 3, 3), of(17, 1, 40), of(2, 3, 2, 3, 2),
                of(1, 16, 1100), of(4, 70, 7, 7)).flatMap(c -> c);
        return OpContract.tests(Stream.concat(small, others).toArray(OpCase[]::new));
    }

    @Test
    void resultsPastTheCachesAreTheSame() {
        for (var isa : Tiers.available()) {
            try (var session = Session.open(Session.options().isa(isa).threads(2)); var step = session.step(Mode.EVAL)) {
                var shape = Shape.of(17, 64, 4096);  // 17.8 MB: written past the caches
                var x = step.uniform(shape, -1, 1);
                var expected = x.toArray();
                for (var layout : List.of("C16", "N16")) {
                    var y = step.apply(new Reorder(layout), x);
                    assertTrue(Sessions.paddingIsZero(y, false));
                    assertArrayEquals(expected, step.apply(new Reorder("PLAIN"), y).toArray(), isa + " " + layout);
                }
            }
        }
    }

    @Test
    void movesEveryElementType() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            for (var type : ElementType.values()) {
                for (var s : new int[] {1, 15, 16, 33}) {
                    var shape = Shape.of(18, 21, s);
                    var x = step.input(shape, type);
                    x.copyFrom(IntStream.range(0, (int) shape.elements()).map(i -> i % 127).toArray());
                    for (var layout : List.of("C16", "N16")) {
                        var y = step.apply(new Reorder(layout), x);
                        assertEquals(Layout.valueOf(layout), Sessions.layout(y));
                        assertArrayEquals(x.toArray(), y.toArray());
                        assertArrayEquals(x.toArray(), step.apply(new Reorder("PLAIN"), y).toArray());
                    }
                }
            }
        }
    }
}
