package fovea.op;

import static fovea.op.MaxPoolTest.eachTierAndLayout;
import static fovea.op.MaxPoolTest.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class MaxUnpoolTest {
    /** One element a plane, so that no two indices are equal. */
    private static OpCase of(Extents size, long... nc) {
        var places = (int) size.volume();
        var dims = new long[2 + size.rank()];
        java.util.Arrays.fill(dims, 1);
        dims[0] = nc[0];
        dims[1] = nc[1];
        return OpCase.of("maxUnpool to " + size + " of " + Shape.of(nc), new MaxUnpool(size)).input(dims).ids(places, dims).exact().sparse()
                .oracle(in -> {
                    var y = new double[in[0].length * places];
                    for (var i = 0; i < in[0].length; i++) {
                        y[i * places + (int) in[1][i]] = in[0][i];
                    }
                    return new double[][] {y};
                });
    }

    @TestFactory
    Stream<DynamicTest> keepsTheContract() {
        return OpContract.tests(of(Extents.of(3, 4), 2, 3), of(Extents.of(7), 18, 17), of(Extents.of(2, 3, 4), 33, 5));
    }

    @Tag("fuzz")
    @Test
    void findsRandomSizesRight() {
        Fuzz.run("maxUnpool", 6, random -> Fuzz.check(of(Extents.of(random.ints(random.nextInt(1, 4), 1, 7).toArray()),
                random.nextInt(1, 20), random.nextInt(1, 20)), random));
    }

    @Test
    void undoesMaxPoolingUpToWhatWasDropped() {
        eachTierAndLayout((session, layout) -> {
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.normal(Shape.of(18, 19, 9, 7), 0, 1);
                var tracked = step.of(x.shape(), x.toArray()).track();
                var pooled = step.apply(new Reorder(layout.name()), tracked).maxPoolWithIndices(Window.of(3, 2));
                var y = pooled[0].maxUnpool(pooled[1], 9, 7);
                var places = pooled[1].toIntArray();
                var maxima = pooled[0].toArray();
                var expected = new float[18 * 19 * 63];
                var mask = new float[expected.length];
                for (var i = 0; i < places.length; i++) {
                    expected[i / 9 * 63 + places[i]] = maxima[i];
                    mask[i / 9 * 63 + places[i]] = 2;
                }
                assertArrayEquals(expected, y.toArray());
                var twos = new float[expected.length];
                java.util.Arrays.fill(twos, 2);
                step.backward(y, Gradients.REPLACE, twos);
                assertArrayEquals(mask, tracked.grad());
            }
        });
    }

    @Test
    void keepsTheLastOfEqualIndicesAndGivesBothTheGradient() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.of(Shape.of(1, 1, 2), 3, 0).track();
            var y = x.maxUnpool(step.ofInts(Shape.of(1, 1, 2), 1, 1), 3);
            assertArrayEquals(new float[] {0, 0, 0}, y.toArray());
            step.backward(y, Gradients.REPLACE, 5, 6, 7);
            assertArrayEquals(new float[] {6, 6}, x.grad());
        }
    }

    @Test
    void rejectsIndicesThatDoNotFit() {
        eachTierAndLayout((session, layout) -> {
            try (var step = session.step(Mode.EVAL)) {
                var x = step.apply(new Reorder(layout.name()), step.zeros(Shape.of(1, 1, 2)));
                refused(() -> x.maxUnpool(step.ofInts(Shape.of(1, 1, 2), 0, 3), 3), "maxUnpool", "outside of the 3 positions");
                refused(() -> x.maxUnpool(step.ofInts(Shape.of(1, 1, 2), -1, 0), 3), "maxUnpool", "outside");
                refused(() -> x.maxUnpool(step.zeros(Shape.of(1, 1, 2)), 3), "maxUnpool", "I32 output");
                refused(() -> x.maxUnpool(step.ofInts(Shape.of(1, 1, 1), 0), 3), "maxUnpool", "[1, 1, 1]", "[1, 1, 2]");
                refused(() -> x.maxUnpool(step.ofInts(Shape.of(1, 1, 2), 0, 1), 0), "maxUnpool", "at least 1");
            }
        });
    }
}
