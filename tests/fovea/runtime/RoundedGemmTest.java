package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.bindings.FoveaNative;
import fovea.runtime.Gemm.Axis;
import fovea.runtime.Gemm.Matrix;
import fovea.runtime.Gemm.Operands;
import fovea.support.EmulatedBf16;
import fovea.support.Fuzz;
import fovea.support.Tiers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * fov_gemm on operands that it rounds to bf16, and on operands that are stored so: products of bf16 numbers are exact in f32, so the
 * bound is that of f32 sums over the rounded operands. A CPU with bf16 dot products computes the stored ones with them, the others
 * without, and both give the same bits.
 */
class RoundedGemmTest {
    /** Two that round, with 1 and 2 threads, and one that takes what is stored. */
    private record Tier(String isa, Native one, Native two, Native stored) {
        static Tier of(String isa) {
            return new Tier(isa, rounding(isa, 1), rounding(isa, 2), new Native(Tiers.id(isa), 2));
        }

        private static Native rounding(String isa, int threads) {
            var context = new Native(Tiers.id(isa), threads);
            context.option(FoveaNative.FOV_OPTION_PRECISION(), FoveaNative.FOV_PRECISION_BF16_EMULATED());
            context.prefer("own:bf16");
            return context;
        }

        void close() {
            one.close();
            two.close();
            stored.close();
        }
    }

    private static final List<Tier> TIERS = new ArrayList<>();

    @BeforeAll
    static void open() {
        Tiers.available().forEach(isa -> TIERS.add(Tier.of(isa)));
    }

    @AfterAll
    static void close() {
        TIERS.forEach(Tier::close);
        TIERS.clear();
    }

    private static void check(Gemm g, long seed) {
        for (var tier : TIERS) {
            for (var integers : new boolean[] {true, false}) {
                var x = Operands.draw(g, seed, integers);
                var rounded = new Operands(EmulatedBf16.rounded(x.a()), EmulatedBf16.rounded(x.b()), x.c(), x.bias());
                var label = "%s on %s, seed %d".formatted(g, tier.isa, seed);
                var y = g.run(tier.one, x);
                GemmTest.compare(g, rounded, y, integers, label);
                assertArrayEquals(y, g.run(tier.two, x), label + ": 1 and 2 threads differ");
                assertArrayEquals(y, g.run(tier.stored, x, FoveaNative.FOV_BF16()), label + ": stored as bf16 differs from rounded to it");
            }
        }
    }

    private static void checkAllTransposes(int m, int n, int k, int gap) {
        for (var transposed = 0; transposed < 8; transposed++) {
            check(Gemm.of(m, n, k, (transposed & 1) > 0, (transposed & 2) > 0, (transposed & 4) > 0, gap), m * 31L + n * 7L + k);
        }
    }

    @Test
    void everyTransposeOfSmallAndLargeShapes() {
        for (var shape : new int[][] {{1, 1, 1}, {1, 70, 5}, {70, 1, 5}, {5, 7, 3}, {16, 16, 16}, {17, 33, 65}, {14, 32, 1},
                {64, 10, 84}}) {
            checkAllTransposes(shape[0], shape[1], shape[2], 3);
        }
        checkAllTransposes(30, 250, 700, 0);
        checkAllTransposes(250, 150, 650, 1);
    }

    @Test
    void everyExtentAroundTheVectorWidths() {
        for (var extent = 1; extent <= 70; extent++) {
            check(Gemm.of(3, extent, 5, false, false, false, 0), extent);
            check(Gemm.of(17, 5, extent, true, true, true, 0), extent);
        }
    }

    @Test
    void longSumsAreCutIntoBlocksAndBatchesIntoWhatMayBePackedAtOnce() {
        check(Gemm.of(20, 40, 3001, false, true, false, 0), 1);
        check(Gemm.of(300, 40, 1500, false, true, true, 0).scaled(2, -1).finished(FoveaNative.FOV_BIAS_PER_ROW(), true), 2);
        check(Gemm.of(260, 50, 1400, false, true, false, 0).batched(new Axis(9, 260 * 1400, 50 * 1400, 260 * 50)), 3);
    }

    @Test
    void scalesAddsFinishesAndTakesAnyStrides() {
        for (var scale : new float[][] {{1, 0}, {1, 1}, {0.5f, -2}, {0, 1}}) {
            for (var bias = 0; bias <= 2; bias++) {
                check(Gemm.of(19, 35, 12, false, false, false, 0).scaled(scale[0], scale[1]).finished(bias, bias > 0), bias);
            }
        }
        check(new Gemm(21, 37, 18, new Matrix(40, 2), new Matrix(3, 130), new Matrix(100, 2), 2, 1, 1, true), 5);
        check(Gemm.of(5, 20, 0, false, false, false, 0).finished(FoveaNative.FOV_BIAS_PER_COLUMN(), true), 6);
        var g = Gemm.of(7, 20, 9, false, false, false, 0);
        check(g.batched(new Axis(3, 7 * 9, 0, 7 * 20)), 7);
        check(g.batched(new Axis(2, 5 * 7 * 9, 5 * 9 * 20, 7 * 20), new Axis(5, 7 * 9, 9 * 20, 0)), 8);
    }

    @Tag("fuzz")
    @Test
    void randomProducts() {
        Fuzz.run("bf16 product", 60, random -> {
            var most = Fuzz.many() ? 70 : 200;
            check(Gemm.of(random.nextInt(1, most), random.nextInt(1, most), random.nextInt(1, most), random.nextBoolean(),
                    random.nextBoolean(), random.nextBoolean(), random.nextInt(4)), random.nextLong());
        });
    }

    @Test
    void smallProductsAreNotRoundedUnlessAskedFor() {
        try (var context = new Native(FoveaNative.FOV_ISA_BEST(), 1); var arena = Arena.ofConfined()) {
            context.option(FoveaNative.FOV_OPTION_PRECISION(), FoveaNative.FOV_PRECISION_BF16_EMULATED());
            assertEquals("own", name(context, arena, Gemm.of(64, 10, 84, false, true, false, 0)));
            assertEquals("own:bf16", name(context, arena, Gemm.of(512, 512, 512, false, true, false, 0)));
            context.prefer("own:bf16");
            assertEquals("own:bf16", name(context, arena, Gemm.of(64, 10, 84, false, true, false, 0)));
            context.option(FoveaNative.FOV_OPTION_PRECISION(), FoveaNative.FOV_PRECISION_F32());
            assertEquals("own", name(context, arena, Gemm.of(512, 512, 512, false, true, false, 0)));
        }
    }

    static String name(Native context, Arena arena, Gemm g) {
        return FoveaNative.fov_gemm_implementation(context.ctx(), g.attrs(arena, FoveaNative.FOV_F32())).reinterpret(16).getString(0);
    }
}
