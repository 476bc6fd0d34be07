package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.bindings.FoveaNative;
import fovea.runtime.Gemm.Axis;
import fovea.runtime.Gemm.Matrix;
import fovea.runtime.Gemm.Operands;
import fovea.support.Fuzz;
import fovea.support.Tiers;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * fov_gemm against double loops on every instruction set: bitwise on small integers, within the computed bound on real numbers, the
 * same bits with 1 and 2 threads, nothing read or written between, behind or instead of the elements.
 */
class GemmTest {
    private static final boolean[] NO_AND_YES = {false, true};

    private static void check(Gemm g, long seed) {
        for (var isa : Tiers.available()) {
            try (var one = new Native(Tiers.id(isa), 1); var two = new Native(Tiers.id(isa), 2)) {
                for (var integers : NO_AND_YES) {
                    var x = Operands.draw(g, seed, integers);
                    var label = "%s on %s, seed %d".formatted(g, isa, seed);
                    var y = g.run(one, x);
                    compare(g, x, y, integers, label);
                    assertArrayEquals(y, g.run(two, x), label + ": 1 and 2 threads differ");
                }
            }
        }
    }

    static void compare(Gemm g, Operands x, float[] y, boolean integers, String label) {
        var expected = g.expected(x);
        for (var i = 0; i < y.length; i++) {
            var value = expected.value()[i];
            if (Double.isNaN(value)) {
                assertTrue(Float.isNaN(y[i]), "%s: %s was written at %d, between the elements of c".formatted(label, y[i], i));
            } else if (!(Math.abs(y[i] - value) <= (integers ? 0 : expected.bound()[i]))) {
                fail("%s: c at %d is %s, expected %s; bound %.3g".formatted(label, i, y[i], value, integers ? 0 : expected.bound()[i]));
            }
        }
    }

    private static void checkAllTransposes(int m, int n, int k, int gap) {
        for (var a : NO_AND_YES) {
            for (var b : NO_AND_YES) {
                for (var c : NO_AND_YES) {
                    check(Gemm.of(m, n, k, a, b, c, gap), m * 31L + n * 7L + k);
                }
            }
        }
    }

    @Test
    void everyTransposeOfSmallShapes() {
        for (var shape : new int[][] {{1, 1, 1}, {1, 70, 5}, {70, 1, 5}, {5, 7, 3}, {16, 16, 16}, {17, 33, 65}, {14, 32, 1}, {6, 49, 25},
                {15, 48, 9}, {64, 10, 84}}) {
            checkAllTransposes(shape[0], shape[1], shape[2], 0);
            checkAllTransposes(shape[0], shape[1], shape[2], 3);
        }
    }

    @Test
    void everyExtentAroundTheVectorWidths() {
        for (var extent = 1; extent <= 70; extent++) {
            check(Gemm.of(3, extent, 5, false, false, false, 0), extent);
            check(Gemm.of(extent, 3, 5, false, true, false, 0), extent);
            check(Gemm.of(5, 17, extent, false, true, false, 0), extent);
            check(Gemm.of(17, 5, extent, true, false, true, 0), extent);
        }
    }

    /** Long sums in several blocks, operands that pass by, and operands that are packed because their rows lie far apart. */
    @Test
    void everyTransposeOfLargeShapes() {
        checkAllTransposes(200, 210, 300, 1);
        checkAllTransposes(30, 250, 700, 0);
        checkAllTransposes(250, 30, 700, 0);
        checkAllTransposes(195, 200, 130, 1100);
    }

    /** A sum that no cache holds is packed piece by piece. */
    @Test
    void everyPackedPieceOfALongSumIsAdded() {
        check(Gemm.of(64, 40, 9000, false, true, false, 0), 1);
        check(Gemm.of(64, 40, 9000, false, true, true, 0).scaled(2, -1).finished(FoveaNative.FOV_BIAS_PER_ROW(), true), 2);
    }

    /** Few rows or columns with both operands along k: sums of products of runs. */
    @Test
    void fewRowsOrColumnsOfRunsThatLieAlongTheSum() {
        for (var few = 1; few <= 9; few++) {
            for (var k : new int[] {64, 79, 131}) {
                for (var columnsOfC : NO_AND_YES) {
                    check(Gemm.of(few, 21, k, false, true, columnsOfC, 3), few);
                    check(Gemm.of(67, few, k, false, true, columnsOfC, 0), few);
                }
            }
            check(Gemm.of(few, 300, 90, false, true, false, 0).scaled(2, -1).finished(FoveaNative.FOV_BIAS_PER_COLUMN(), true), few);
            check(Gemm.of(300, few, 90, false, true, false, 0).scaled(-1, 1).finished(FoveaNative.FOV_BIAS_PER_ROW(), true), few);
            check(Gemm.of(few, 5, 70, false, true, false, 0).batched(new Axis(3, few * 70, 5 * 70, few * 5)), few);
        }
    }

    @Test
    void anEmptySumIsZeroAndAnEmptyMatrixIsNothing() {
        for (var finished : new Gemm[] {Gemm.of(5, 20, 0, false, false, false, 0), Gemm.of(5, 20, 0, false, false, false, 0).scaled(1, 2),
                Gemm.of(5, 20, 0, false, false, false, 0).finished(FoveaNative.FOV_BIAS_PER_COLUMN(), true)}) {
            check(finished, 1);
        }
        check(Gemm.of(0, 20, 3, false, false, false, 0), 1);
        check(Gemm.of(5, 0, 3, false, false, false, 0), 1);
    }

    /** beta 0 does not look at c: the operands that were drawn hold NaN there. */
    @Test
    void scalesAddsAndFinishes() {
        for (var swapped : NO_AND_YES) {
            for (var scale : new float[][] {{1, 0}, {1, 1}, {2, 0}, {-1, 1}, {0.5f, -2}, {0, 1}}) {
                for (var bias = 0; bias <= 2; bias++) {
                    for (var relu : NO_AND_YES) {
                        check(Gemm.of(19, 35, 12, false, swapped, swapped, 0).scaled(scale[0], scale[1]).finished(bias, relu), bias);
                    }
                }
            }
        }
        check(Gemm.of(40, 50, 1500, false, true, false, 0).scaled(2, -1).finished(FoveaNative.FOV_BIAS_PER_ROW(), true), 3);
    }

    @Test
    void stridesThatNeitherRowsNorColumnsHaveSideBySide() {
        var a = new Matrix(40, 2);
        var b = new Matrix(3, 130);
        var c = new Matrix(100, 2);
        check(new Gemm(21, 37, 18, a, b, c, 1, 0, 0, false), 5);
        check(new Gemm(21, 37, 18, a, b, new Matrix(2, 50), 2, 1, 1, true), 6);
        // One row of a and one column of b for all.
        check(new Gemm(21, 37, 18, new Matrix(0, 1), new Matrix(1, 0), c, 1, 0, 0, false), 7);
    }

    @Test
    void batchesBroadcastFoldAndAddUp() {
        var g = Gemm.of(7, 20, 9, false, false, false, 0);
        check(g.batched(new Axis(3, 7 * 9, 9 * 20, 7 * 20)), 1);
        check(g.batched(new Axis(3, 0, 9 * 20, 7 * 20)), 2);
        check(g.batched(new Axis(3, 7 * 9, 0, 7 * 20)), 3);
        check(g.batched(new Axis(2, 0, 4 * 9 * 20, 4 * 7 * 20), new Axis(4, 7 * 9, 9 * 20, 7 * 20)), 4);
        // Sums over an axis, one of which is a longer k.
        check(g.batched(new Axis(5, 7 * 9, 9 * 20, 0)).scaled(2, 3).finished(FoveaNative.FOV_BIAS_PER_COLUMN(), true), 5);
        check(Gemm.of(7, 20, 9, true, false, false, 0).batched(new Axis(5, 7 * 9, 9 * 20, 0)).scaled(1, 1), 6);
        check(g.batched(new Axis(2, 5 * 7 * 9, 5 * 9 * 20, 7 * 20), new Axis(5, 7 * 9, 9 * 20, 0)), 7);
        check(g.batched(new Axis(5, 7 * 9, 0, 7 * 20)).finished(FoveaNative.FOV_BIAS_PER_ROW(), false), 8);
        check(Gemm.of(60, 50, 40, false, true, false, 0).batched(new Axis(40, 60 * 40, 50 * 40, 60 * 50)), 9);
    }

    /** So large that it is written past the caches. */
    @Test
    void resultsThatNoCacheHolds() {
        var m = 2900;
        var n = 2912;
        var g = Gemm.of(m, n, 3, true, false, false, 0);
        for (var isa : Tiers.available()) {
            try (var context = new Native(Tiers.id(isa), 2)) {
                var x = Operands.draw(g, 1, true);
                compare(g, x, g.run(context, x), true, g + " on " + isa);
            }
        }
    }

    /** Blocks as large as plans make them: A and B packed together, B packed or passing by for few rows, A fetched ahead. */
    @Test
    void everyWayToCutLargeProducts() {
        check(Gemm.of(130, 900, 800, true, false, false, 0), 1);
        check(Gemm.of(33, 1100, 400, false, false, false, 0), 2);
        check(Gemm.of(100, 700, 1030, false, false, false, 0), 3);
        check(Gemm.of(8, 2600, 260, false, false, false, 0).scaled(2, -1).finished(FoveaNative.FOV_BIAS_PER_COLUMN(), true), 4);
        check(Gemm.of(200, 49, 700, false, false, false, 0), 5);
        check(Gemm.of(700, 600, 40, true, false, false, 0), 6);
        check(Gemm.of(40, 600, 70, false, false, false, 0).finished(FoveaNative.FOV_BIAS_PER_ROW(), false), 7);
    }

    /** Rows of A along the sum, turned into tiles: on small vectors a tile is more than one of them and less than two. */
    @Test
    void tilesThatEndWithinAVector() {
        for (var rows = 1; rows <= 16; rows++) {
            for (var steps : new int[] {1, 3, 7, 40}) {
                check(Gemm.of(rows, 600, steps, false, false, false, 0), rows);
            }
        }
    }

    @Test
    void oneDnnComputesWhatItIsAskedFor() {
        try (var context = new Native(FoveaNative.FOV_ISA_BEST(), 2); var arena = Arena.ofConfined()) {
            var g = Gemm.of(19, 35, 40, false, false, false, 3);
            assertEquals("own", RoundedGemmTest.name(context, arena, g));
            context.option(FoveaNative.FOV_OPTION_PROVIDER(), FoveaNative.FOV_PROVIDER_ONEDNN());
            assertEquals("onednn:sgemm", RoundedGemmTest.name(context, arena, g));
            for (var one : new Gemm[] {g, Gemm.of(19, 35, 40, true, true, false, 0), Gemm.of(19, 35, 40, true, false, true, 2),
                    g.scaled(2, -1), g.finished(FoveaNative.FOV_BIAS_PER_ROW(), true),
                    g.scaled(-1, 3).finished(FoveaNative.FOV_BIAS_PER_COLUMN(), true),
                    Gemm.of(7, 20, 9, false, false, false, 0).batched(new Axis(3, 7 * 9, 0, 7 * 20), new Axis(2, 0, 9 * 20, 3 * 7 * 20)),
                    new Gemm(9, 7, 18, new Matrix(40, 2), new Matrix(3, 30), new Matrix(100, 2), 1, 0, 0, false)}) {
                for (var integers : NO_AND_YES) {
                    var x = Operands.draw(one, 1, integers);
                    compare(one, x, one.run(context, x), integers, one + " by oneDNN");
                }
            }
        }
    }

    @Tag("fuzz")
    @Test
    void randomProducts() {
        Fuzz.run("product", 200, random -> {
            var g = draw(random);
            if (Fuzz.many()) {
                sample(g, random);
            } else {
                check(g, random.nextLong());
            }
        });
    }

    /** One instruction set and one number of threads of those that {@link #check} goes through. */
    private static void sample(Gemm g, SplittableRandom random) {
        var isa = Tiers.available().get(random.nextInt(Tiers.available().size()));
        var threads = 1 + random.nextInt(2);
        var integers = random.nextBoolean();
        try (var context = new Native(Tiers.id(isa), threads)) {
            if (isa.equals(Tiers.available().getLast()) && random.nextBoolean()) {
                context.option(FoveaNative.FOV_OPTION_PROVIDER(), FoveaNative.FOV_PROVIDER_ONEDNN());
            }
            var x = Operands.draw(g, random.nextLong(), integers);
            compare(g, x, g.run(context, x), integers, "%s on %s, %d threads".formatted(g, isa, threads));
        }
    }

    private static int extent(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(1, 9);
            case 1 -> random.nextInt(1, 70);
            case 2 -> 16 * random.nextInt(1, 6) + random.nextInt(-1, 2);
            default -> random.nextInt(1, 200);
        };
    }

    private static Gemm draw(SplittableRandom random) {
        var gap = random.nextInt(3) == 0 ? random.nextInt(5) : 0;
        var g = Gemm.of(extent(random), extent(random), random.nextInt(8) == 0 ? random.nextInt(1000) : extent(random),
                random.nextBoolean(),
                random.nextBoolean(), random.nextInt(4) == 0, gap);
        if (random.nextInt(3) == 0) {
            g = g.scaled(random.nextInt(-2, 3), random.nextInt(-2, 3));
        }
        g = g.finished(random.nextInt(3), random.nextInt(3) == 0);
        if (random.nextInt(4) == 0) {
            var a = random.nextInt(3) == 0 ? 0 : g.sizeOfA();
            var b = random.nextInt(3) == 0 ? 0 : g.sizeOfB();
            var c = random.nextInt(4) == 0 ? 0 : g.sizeOfC();
            g = g.batched(new Axis(random.nextInt(1, 4), a, b, c));
        }
        return g;
    }

    @Test
    void refusesWhatMakesNoSense() {
        var g = Gemm.of(3, 4, 5, false, false, false, 0);
        refuses(new Gemm(-3, 4, 5, g.a(), g.b(), g.c(), 1, 0, 0, false), "[-3, 5]", "[5, 4]", "negative");
        refuses(new Gemm(3, 4, 5, g.a(), g.b(), new Matrix(1, 1), 1, 0, 0, false), "c [3, 4]", "strides 1 and 1", "two results");
        refuses(new Gemm(3, 4, 5, g.a(), g.b(), new Matrix(0, 1), 1, 0, 0, false), "c [3, 4]", "two results");
        refuses(new Gemm(3, 4, 5, new Matrix(5, -1), g.b(), g.c(), 1, 0, 0, false), "a [3, 5]", "b [5, 4]", "negative");
        refuses(g.finished(7, false), "bias 7");
    }

    private static void refuses(Gemm g, String... parts) {
        try (var context = new Native(FoveaNative.FOV_ISA_BEST(), 1); var arena = Arena.ofConfined()) {
            var memory = arena.allocate(4096);
            var status = FoveaNative.fov_gemm(context.ctx(), memory, memory, memory,
                    g.bias() == 0 ? java.lang.foreign.MemorySegment.NULL : memory, g.attrs(arena, FoveaNative.FOV_F32()));
            assertEquals(FoveaNative.FOV_BAD_ARGUMENT(), status, g.toString());
            var e = assertThrows(IllegalArgumentException.class, () -> context.check(status));
            for (var part : parts) {
                assertTrue(e.getMessage().contains(part), e.getMessage());
            }
        }
    }
}
