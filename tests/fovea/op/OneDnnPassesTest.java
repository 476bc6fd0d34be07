package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Gradients;
import fovea.Mode;
import fovea.Profile;
import fovea.Session;
import fovea.Shape;
import fovea.runtime.Layout;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Tiers;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Pools, norms and softmax by oneDNN, for sessions that ask for it. */
class OneDnnPassesTest {
    private static final Op MAX = new MaxPool(Window.of(2, 2), false);
    private static final Op AVERAGE = new AvgPool(Window.of(2, 2), true);
    private static final Op NORM = BatchNorm.of(true).affine(false).running(false);
    private static final Op LRN = new LocalResponseNorm(5, 1e-4f, 0.75f, 1);

    @TestFactory
    Stream<DynamicTest> poolsKeepTheContract() {
        var overlapping = Window.of(3, 3).stride(2).padding(1);
        return OpContract.tests(Stream.of(
                MaxPoolTest.values(Window.of(2, 2), 2, 3, 8, 8), MaxPoolTest.values(overlapping, 3, 18, 9, 7),
                MaxPoolTest.values(Window.of(3).stride(2), 2, 17, 20), MaxPoolTest.values(Window.of(2, 2, 2), 2, 16, 4, 6, 5),
                MaxPoolTest.values(Window.of(17, 16).stride(5), 2, 3, 24, 23),
                AvgPoolTest.of(Window.of(2, 2), true, 2, 3, 8, 8), AvgPoolTest.of(overlapping, true, 3, 18, 9, 7),
                AvgPoolTest.of(overlapping, false, 3, 18, 9, 7), AvgPoolTest.of(Window.of(4).stride(3).padding(2), false, 2, 3, 40),
                AvgPoolTest.of(overlapping.rounding(Rounding.CEIL), true, 2, 16, 10, 8),
                AvgPoolTest.of(Window.of(2, 2, 2), true, 2, 16, 4, 6, 4),
                AvgPoolTest.adaptive(Extents.of(1, 1), 3, 18, 7, 7)).map(OpCase::onednn).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> normsKeepTheContract() {
        var eval = BatchNorm.of(false);
        return OpContract.tests(Stream.of(
                BatchNormTest.of(BatchNorm.of(true), 4, 3, 5, 5), BatchNormTest.of(BatchNorm.of(true), 17, 18, 3, 3),
                BatchNormTest.of(BatchNorm.of(true), 8, 16), BatchNormTest.of(BatchNorm.of(true).affine(false), 3, 32, 6, 7),
                BatchNormTest.of(BatchNorm.of(true).activation(Activation.RELU), 4, 16, 5, 5), BatchNormTest.of(eval, 2, 16, 3, 4, 5),
                GroupNormTest.layer(1, true, 4, 3, 6), GroupNormTest.layer(2, true, 3, 4, 7, 5), GroupNormTest.layer(1, false, 20, 33),
                LocalResponseNormTest.across(5, 1e-4f, 0.75f, 1, 2, 16, 6, 7), LocalResponseNormTest.across(5, 2, 0.75f, 1, 17, 40, 5, 3),
                LocalResponseNormTest.across(5, 1, 0.75f, 1, 2, 96, 15, 17)).map(OpCase::onednn).toArray(OpCase[]::new));
    }

    @TestFactory
    Stream<DynamicTest> softmaxKeepsTheContract() {
        return OpContract.tests(Stream.of(SoftmaxTest.of(1, false, 5, 10), SoftmaxTest.of(1, true, 5, 33), SoftmaxTest.of(0, true, 1000),
                SoftmaxTest.of(1, false, 2, 17, 3, 5), SoftmaxTest.of(1, true, 2, 16, 16)).map(OpCase::onednn).toArray(OpCase[]::new));
    }

    /** The implementation of an op in TRAIN mode over x in a layout, as its plan prints it. */
    private static String name(Session.Options options, Op op, Layout layout, Shape shape) {
        try (var session = Session.open(options)) {
            session.profiling(true);
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.normal(shape, 0, 1).track();
                var y = step.apply(op, layout == Layout.PLAIN ? x : step.apply(new Reorder(layout.name()), x));
                step.backward(y, Gradients.REPLACE, new float[(int) y.shape().elements()]);
            }
            return session.profile(Mode.TRAIN).stream().filter(row -> row.op().equals(op.toString())).map(Profile.Row::implementation)
                    .findFirst().orElseThrow();
        }
    }

    private record Ask(Op op, Layout layout, Shape x) {
        Ask(Op op, Layout layout, long... dims) {
            this(op, layout, Shape.of(dims));
        }

        String by(Session.Options options) {
            return name(options, op, layout, x);
        }
    }

    private static List<Ask> all() {
        return List.of(new Ask(MAX, Layout.C16, 4, 32, 14, 14), new Ask(AVERAGE, Layout.C16, 4, 32, 14, 14),
                new Ask(NORM, Layout.C16, 4, 32, 14, 14), new Ask(LRN, Layout.C16, 4, 32, 14, 14),
                new Ask(new LayerNorm(1, 1e-5f, false), Layout.PLAIN, 64, 128), new Ask(new Softmax(1, false), Layout.PLAIN, 64, 128),
                new Ask(new Softmax(1, true), Layout.PLAIN, 64, 128));
    }

    @TestFactory
    Stream<DynamicTest> everyFamilyIsOneDnnsWhereItIsAskedFor() {
        return all().stream().map(ask -> DynamicTest.dynamicTest(ask.toString(), () -> {
            var name = ask.by(Session.options().provider("onednn"));
            assertTrue(name.startsWith("onednn:") || name.startsWith("forward onednn:") && name.contains("backward onednn:"), name);
            assertFalse(name.contains("ref") || name.contains("simple"), name);
            assertEquals(name, ask.by(Session.options().prefer("onednn")));
            assertEquals("own", ask.by(Session.options().provider("own")));
            assertEquals("own", ask.by(Session.options()), "auto");
            assertEquals("own", ask.by(Session.options().prefer("onednn").strict(true)), "strict");
            for (var isa : Tiers.available().subList(0, Tiers.available().size() - 1)) {
                assertEquals("own", ask.by(Session.options().provider("onednn").isa(isa)), isa);
            }
        }));
    }

    /** Where oneDNN has nothing but reference code, or none for the layout, our kernels compute. */
    @Test
    void referenceCodeIsNeverRun() {
        var asked = Session.options().provider("onednn");
        assertEquals("own", new Ask(MAX, Layout.N16, 16, 3, 8, 8).by(asked));
        assertEquals("own", new Ask(new MaxPool(Window.of(2, 2).dilation(2), false), Layout.C16, 2, 16, 8, 8).by(asked));
        assertEquals("own", new Ask(new LocalResponseNorm(4, 1e-4f, 0.75f, 1), Layout.C16, 2, 16, 8, 8).by(asked));
        assertEquals("own", new Ask(new SumPool(Window.of(2, 2)), Layout.C16, 2, 16, 8, 8).by(asked));
        assertEquals("own", new Ask(new MaxPool(Window.of(2, 2), true), Layout.C16, 2, 16, 8, 8).by(asked), "with indices");
    }
}
