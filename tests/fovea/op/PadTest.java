package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PadTest {
    private static Pad.Margin margin(int axis, long before, long after) {
        return new Pad.Margin(axis, before, after);
    }

    /** Mirrors and wraps by walking, one step at a time. */
    private static long source(Pad.Mode mode, long i, long n) {
        return switch (mode) {
            case CONSTANT -> i < 0 || i >= n ? -1 : i;
            case REPLICATE -> Math.clamp(i, 0, n - 1);
            case CIRCULAR -> Math.floorMod(i, n);
            case REFLECT -> {
                var at = i;
                while (at < 0 || at >= n) {
                    at = at < 0 ? -at : 2 * n - 2 - at;
                }
                yield at;
            }
        };
    }

    private static OpCase of(Pad.Mode mode, float value, Shape x, Pad.Margin... margins) {
        var op = new Pad(mode, List.of(margins), value);
        var y = op.infer(List.of(Spec.f32(x))).getFirst().shape();
        return OpCase.of("pad " + mode + " " + value + " " + x + " " + List.of(margins), op).input(x.toArray()).exact().sparse()
                .oracle(in -> new double[][] {Indexing.gather(y, x, in[0], index -> {
                    var from = index.clone();
                    for (var margin : margins) {
                        var axis = x.axis(margin.axis());
                        from[axis] = source(mode, index[axis] - margin.before(), x.dim(axis));
                    }
                    return Arrays.stream(from).anyMatch(i -> i < 0) ? null : from;
                }, value)});
    }

    @TestFactory
    Stream<DynamicTest> everyModeKeepsTheContract() {
        return Arrays.stream(Pad.Mode.values()).flatMap(mode -> OpContract.tests(
                of(mode, 0, Shape.of(2, 3, 5, 6), margin(2, 1, 2), margin(3, 3, 1)), of(mode, 0, Shape.of(2, 3, 5, 6), margin(-1, 0, 4)),
                of(mode, 0, Shape.of(2, 3, 5, 6), margin(1, 2, 1)), of(mode, 0, Shape.of(3, 4, 5), margin(0, 1, 2), margin(2, 2, 4)),
                of(mode, 0, Shape.of(2, 20, 4, 5, 3), margin(2, 1, 1), margin(3, 2, 0), margin(4, 1, 2)),
                of(mode, 0, Shape.of(2, 17, 18, 33), margin(2, 1, 1), margin(3, 1, 1)),
                of(mode, 0, Shape.of(2, 3, 20, 20), margin(1, 1, 1)),
                of(mode, 0, Shape.of(9), margin(0, 4, 8)), of(mode, 0, Shape.of(2, 3), margin(1, 0, 0)), of(mode, 0, Shape.of(4, 2))));
    }

    @TestFactory
    Stream<DynamicTest> constantsKeepTheContract() {
        return OpContract.tests(of(Pad.Mode.CONSTANT, -2, Shape.of(2, 3, 5, 6), margin(2, 1, 2), margin(3, 3, 1)),
                of(Pad.Mode.CONSTANT, 3, Shape.of(16, 16, 2, 3), margin(2, 1, 0)),
                of(Pad.Mode.CONSTANT, 3, Shape.of(1, 2), margin(0, 2, 20)));
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContractAroundVectorWidths() {
        return OpContract.tests(IntStream.of(4, 7, 9, 15, 16, 17, 31, 34, 66).boxed().flatMap(n -> Arrays.stream(Pad.Mode.values())
                .map(mode -> of(mode, 0, Shape.of(2, n), margin(1, n % 4, (n + 1) % 4)))).toArray(OpCase[]::new));
    }

    @Test
    void showsWhatItsDocumentationShows() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.of(Shape.of(3), 1, 2, 3);
            assertArrayEquals(new float[] {9, 9, 1, 2, 3, 9}, x.padWith(9, 2, 1).toArray());
            assertArrayEquals(new float[] {3, 2, 1, 2, 3, 2}, x.pad(Pad.Mode.REFLECT, 2, 1).toArray());
            assertArrayEquals(new float[] {1, 1, 1, 2, 3, 3}, x.pad(Pad.Mode.REPLICATE, 2, 1).toArray());
            assertArrayEquals(new float[] {2, 3, 1, 2, 3, 1}, x.pad(Pad.Mode.CIRCULAR, 2, 1).toArray());
            assertArrayEquals(new float[] {0, 0, 0, 0, 5, 0}, step.of(Shape.of(1, 1), 5).pad(1, 0, 1, 1).toArray());
        }
    }

    @Test
    void refusesMarginsThatItsModeCannotFill() {
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).pad(Pad.Mode.REFLECT, 3, 0), "pad", "REFLECT", "3 and 0", "at most 2");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).pad(Pad.Mode.CIRCULAR, 0, 4), "pad", "CIRCULAR", "at most 3");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).pad(-1, 0), "pad", "-1 and 0", "slice");
        Refusals.of(step -> step.zeros(Shape.of(2, 3)).pad(1), "pad", "1 margins");
        Refusals.of(step -> step.input(Shape.of(2), ElementType.U8).pad(1, 1), "pad", "U8", "to(ElementType.F32)");
        Refusals.of(step -> step.apply(new Pad(Pad.Mode.REFLECT, List.of(), 1), step.zeros(Shape.of(1))), "pad", "value 1.0");
        Refusals.of(
                step -> step.apply(new Pad(Pad.Mode.CONSTANT, List.of(margin(1, 0, 1), margin(-1, 0, 1)), 0), step.zeros(Shape.of(1, 1))),
                "pad", "twice");
    }
}
