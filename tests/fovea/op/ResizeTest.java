package fovea.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.op.Interpolation.Cubic;
import fovea.op.Interpolation.Linear;
import fovea.op.Interpolation.Nearest;
import fovea.oracle.Indexing;
import fovea.support.Fuzz;
import fovea.support.OpCase;
import fovea.support.OpContract;
import fovea.support.Refusals;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ResizeTest {
    /** Reads x at a place between its elements, one axis after the other, as the definitions have it. */
    private record Reading(Resize op, Shape x, double[] elements) {
        double at(long[] y, long[] from, int axis) {
            if (axis == x.rank()) {
                return elements[(int) Indexing.offset(x, from)];
            }
            var resized = op.axes().stream().filter(a -> x.axis(a.axis()) == axis).findFirst();
            if (resized.isEmpty()) {
                return at(y, Indexing.with(from, axis, y[axis]), axis + 1);
            }
            var n = x.dim(axis);
            var scale = resized.get().scale() > 0 ? resized.get().scale() : (double) resized.get().extent() / n;
            var place = place(resized.get(), n, y[axis], scale);
            if (op.grid() == Resize.Grid.CROP && (place < 0 || place > n - 1)) {
                return op.outside();
            }
            var reach = op.interpolation() instanceof Cubic ? 2 : 1;
            var narrow = antialias() ? Math.min(1, scale) : 1;
            if (op.interpolation() instanceof Nearest(RoundingMode mode)) {
                var nearest = java.math.BigDecimal.valueOf(place).setScale(0, mode).longValue();
                return at(y, Indexing.with(from, axis, Math.clamp(nearest, 0, n - 1)), axis + 1);
            }
            var sum = 0.0;
            var weights = 0.0;
            for (var i = (long) Math.floor(place - reach / narrow) - 1; i <= place + reach / narrow + 1; i++) {
                var w = inside() && (i < 0 || i >= n) ? 0 : kernel((place - i) * narrow);
                weights += w;
                sum += w == 0 ? 0 : w * at(y, Indexing.with(from, axis, Math.clamp(i, 0, n - 1)), axis + 1);
            }
            return sum / weights;
        }

        private double place(Resize.Axis axis, long n, long o, double s) {
            return switch (op.grid()) {
                case HALF_PIXEL -> (o + 0.5) / s - 0.5;
                case HALF_PIXEL_FROM_START -> axis.extent() == 1 ? 0 : (o + 0.5) / s - 0.5;
                case HALF_PIXEL_SYMMETRIC -> n / 2.0 * (1 - axis.extent() / (s * n)) + (o + 0.5) / s - 0.5;
                case ALIGN_CORNERS -> axis.extent() == 1 ? 0 : o * (n - 1) / (s * n - 1);
                case ASYMMETRIC -> o / s;
                case CROP -> axis.from() * (n - 1) + o * (axis.to() - axis.from()) * (n - 1) / (s * n - 1);
            };
        }

        private boolean antialias() {
            return op.interpolation() instanceof Linear l && l.antialias() || op.interpolation() instanceof Cubic c && c.antialias();
        }

        private boolean inside() {
            return op.interpolation() instanceof Linear l && l.inside() || op.interpolation() instanceof Cubic c && c.inside();
        }

        private double kernel(double distance) {
            var d = Math.abs(distance);
            if (!(op.interpolation() instanceof Cubic c)) {
                return d < 1 ? 1 - d : 0;
            }
            var a = c.a();
            return d <= 1 ? (a + 2) * d * d * d - (a + 3) * d * d + 1 : d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0;
        }
    }

    private static OpCase of(Resize op, long... dims) {
        var x = Shape.of(dims);
        var y = op.infer(List.of(Spec.f32(x))).getFirst().shape();
        var c = OpCase.of(op + " of " + x, op).input(dims).terms(4 * Math.max(1, (double) x.elements() / y.elements()))
                .oracle(in -> {
                    var reading = new Reading(op, x, in[0]);
                    var result = new double[(int) y.elements()];
                    for (var i = 0; i < result.length; i++) {
                        result[i] = reading.at(Indexing.index(y, i), new long[x.rank()], 0);
                    }
                    return new double[][] {result};
                });
        return op.interpolation() instanceof Nearest ? c.exact() : c;
    }

    private static Resize to(Interpolation interpolation, Resize.Grid grid, int first, long... extents) {
        var axes = new Resize.Axis[extents.length];
        for (var i = 0; i < axes.length; i++) {
            axes[i] = new Resize.Axis(first + i, extents[i]);
        }
        return new Resize(interpolation, grid, List.of(axes));
    }

    @TestFactory
    Stream<DynamicTest> everyInterpolationOnEveryGridKeepsTheContract() {
        var interpolations = List.of(Interpolation.NEAREST, new Nearest(RoundingMode.HALF_UP), new Nearest(RoundingMode.HALF_DOWN),
                new Nearest(RoundingMode.CEILING), Interpolation.LINEAR, new Linear(true, false), Interpolation.CUBIC,
                new Cubic(-0.5f, true, true));
        return interpolations.stream().flatMap(i -> Arrays.stream(Resize.Grid.values()).filter(grid -> grid != Resize.Grid.CROP)
                .flatMap(grid -> OpContract.tests(of(to(i, grid, 2, 7, 3), 2, 3, 4, 5))));
    }

    @TestFactory
    Stream<DynamicTest> imagesOfEveryKindKeepTheContract() {
        var half = Resize.Grid.HALF_PIXEL;
        return OpContract.tests(of(to(Interpolation.LINEAR, half, 2, 16, 18), 2, 17, 8, 9),
                of(to(Interpolation.LINEAR, half, 2, 4, 3), 2, 3, 9, 10),
                of(to(Interpolation.NEAREST, Resize.Grid.ASYMMETRIC, 2, 16, 18), 2, 17, 8, 9),
                of(to(Interpolation.LINEAR, half, 2, 11), 2, 3, 6),
                of(to(Interpolation.LINEAR, half, 2, 4, 6, 5), 1, 2, 3, 3, 3),
                of(to(Interpolation.NEAREST, Resize.Grid.ASYMMETRIC, 2, 4, 6, 5), 1, 2, 3, 3, 3),
                of(to(Interpolation.LINEAR, Resize.Grid.ALIGN_CORNERS, 2, 1, 1), 2, 3, 4, 4),
                of(to(Interpolation.LINEAR, half, 0, 3, 4), 2, 3, 20),
                of(to(Interpolation.LINEAR, half, 2, 33, 70), 1, 2, 16, 35), of(to(Interpolation.LINEAR, half, 1, 5), 2, 3, 300),
                of(new Resize(Interpolation.LINEAR, half, List.of(Resize.Axis.scaled(2, 5, 1.5), Resize.Axis.scaled(3, 7, 0.6))), 2, 3, 5,
                        7),
                of(new Resize(Interpolation.NEAREST, Resize.Grid.ASYMMETRIC, List.of(Resize.Axis.scaled(-1, 7, 2.3))), 2, 3, 7));
    }

    @TestFactory
    Stream<DynamicTest> boxesAreCutOut() {
        var inside = List.of(new Resize.Axis(2, 3, 0, 0.4f, 0.6f), new Resize.Axis(3, 3, 0, 0.1f, 0.9f));
        var beyond = List.of(new Resize.Axis(2, 5, 0, -0.2f, 0.6f), new Resize.Axis(3, 5, 0, 0.3f, 1.4f));
        return OpContract.tests(of(new Resize(Interpolation.LINEAR, Resize.Grid.CROP, inside), 1, 2, 4, 5),
                of(new Resize(Interpolation.LINEAR, Resize.Grid.CROP, beyond, 10), 1, 2, 6, 7));
    }

    @Tag("fuzz")
    @Test
    void findsRandomSizesRight() {
        var interpolations = List.of(Interpolation.NEAREST, new Nearest(RoundingMode.HALF_UP), Interpolation.LINEAR,
                new Linear(true, false),
                Interpolation.CUBIC, new Cubic(-0.5f, true, true));
        var grids = Arrays.stream(Resize.Grid.values()).filter(grid -> grid != Resize.Grid.CROP).toList();
        Fuzz.run("resize", 6, random -> {
            var axes = random.nextInt(1, 4);
            var dims = new long[axes + 2];
            for (var i = 0; i < dims.length; i++) {
                dims[i] = random.nextInt(1, i < 2 ? 8 : axes == 3 ? 4 : 9);
            }
            var extents = random.longs(axes, 1, axes == 3 ? 5 : 12).toArray();
            Fuzz.check(
                    of(to(interpolations.get(random.nextInt(interpolations.size())), grids.get(random.nextInt(grids.size())), 2, extents),
                            dims).sparse(),
                    random);
        });
    }

    @Test
    void agreesWithPyTorchOnTwoByTwo() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.of(Shape.of(1, 1, 2, 2), 1, 2, 3, 4);
            assertArrayEquals(new float[] {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, x.resizeNearest(4, 4).toArray());
            assertArrayEquals(new float[] {1, 1.25f, 1.75f, 2, 1.5f, 1.75f, 2.25f, 2.5f, 2.5f, 2.75f, 3.25f, 3.5f, 3, 3.25f, 3.75f, 4},
                    x.resizeLinear(4, 4).toArray());
            assertArrayEquals(new float[] {1, 4 / 3f, 5 / 3f, 2, 3, 10 / 3f, 11 / 3f, 4},
                    x.resize(Interpolation.LINEAR, Resize.Grid.ALIGN_CORNERS, 2, 4).toArray(), 1e-6f);
        }
    }

    @Test
    void refusesSizesWithoutElements() {
        Refusals.of(step -> step.zeros(Shape.of(1, 1, 2, 2)).resizeLinear(0, 2), "resize", "0 elements");
        Refusals.of(step -> step.zeros(Shape.of(2)).resizeLinear(2, 2), "resize", "2 extents", "[2]");
        Refusals.of(step -> step.apply(to(Interpolation.LINEAR, Resize.Grid.HALF_PIXEL, 2, 2), step.zeros(Shape.of(2))), "resize",
                "axis 2");
        Refusals.of(step -> step.input(Shape.of(2), fovea.ElementType.I32).resizeNearest(4), "resize", "I32", "to(ElementType.F32)");
        Refusals.of(_ -> new Nearest(RoundingMode.UP), "resize", "UP");
    }
}
