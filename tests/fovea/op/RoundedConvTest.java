package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.ConvOracle;
import fovea.support.ConvLayer;
import fovea.support.EmulatedBf16;
import fovea.support.Tiers;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Convolutions in bf16 against the double oracle on rounded inputs. Products of two bf16 numbers are exact in f32, so what is left to
 * bound is the sum: {@code n u / (1 - n u)} times the sum of the products' sizes, n being their number and u half an ulp.
 */
class RoundedConvTest {
    @BeforeAll
    static void oneDnnEmulatesBf16WithAvx512Alone() {
        Assumptions.assumeTrue(Tiers.available().contains("avx512"), "skipped: oneDNN has no bf16 convolutions without avx512");
    }

    private record Case(Op op, Op linear, Shape x, Shape w) {
        static Case of(Conv op, long[] x, long... w) {
            return new Case(op, op.activation(Activation.NONE), Shape.of(x), Shape.of(w));
        }

        static Case of(ConvTranspose op, long[] x, long... w) {
            return new Case(op, op.activation(Activation.NONE), Shape.of(x), Shape.of(w));
        }
    }

    private static long[] x(long... dims) {
        return dims;
    }

    private static Stream<Case> cases() {
        var conv = Conv.of(2);
        return Stream.of(
                Case.of(conv.padding(1), x(2, 16, 7, 7), 32, 16, 3, 3),
                Case.of(conv.padding(1), x(3, 40, 6, 5), 24, 40, 3, 3),
                Case.of(conv.stride(2).padding(1), x(2, 32, 9, 8), 16, 32, 3, 3),
                Case.of(conv, x(2, 48, 8, 8), 32, 48, 1, 1),
                Case.of(conv.stride(2), x(2, 16, 8, 8), 16, 16, 1, 1),
                Case.of(conv.dilation(2, 1).padding(2, 1), x(1, 16, 11, 9), 16, 16, 3, 2),
                Case.of(conv.padding(Extents.of(0, 2), Extents.of(3, 1)), x(2, 16, 6, 7), 16, 16, 4, 3),
                Case.of(conv.stride(2).padding(3), x(2, 3, 23, 23), 16, 3, 7, 7),
                Case.of(conv.groups(2).padding(1), x(2, 32, 4, 4), 32, 16, 3, 3),
                Case.of(conv.activation(Activation.RELU).padding(1), x(2, 16, 6, 6), 16, 16, 3, 3),
                Case.of(Conv.of(1).padding(1), x(2, 16, 20), 16, 16, 3),
                Case.of(Conv.of(3).padding(1), x(1, 16, 4, 5, 3), 16, 16, 3, 3, 3),
                Case.of(ConvTranspose.of(2).stride(2), x(2, 32, 5, 5), 32, 16, 2, 2),
                Case.of(conv, x(4, 6, 14, 14), 16, 6, 5, 5),
                Case.of(conv.groups(32).padding(1), x(2, 32, 6, 6), 32, 1, 3, 3),
                Case.of(conv.groups(32).stride(2).padding(1), x(2, 32, 6, 6), 32, 1, 3, 3));
    }

    @TestFactory
    Stream<DynamicTest> sumsOfRoundedProductsStayWithinTheirBound() {
        return cases().flatMap(c -> Stream.of(1, 2).map(threads -> DynamicTest.dynamicTest("%s of %s with %s, %d threads".formatted(c.op,
                c.x, c.w, threads), () -> check(c, threads))));
    }

    private static float[] draw(SplittableRandom random, long n) {
        var x = new float[(int) n];
        for (var i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static void check(Case c, int threads) {
        var random = new SplittableRandom(c.hashCode());
        var x = draw(random, c.x.elements());
        var w = draw(random, c.w.elements());
        var shape = c.op.infer(List.of(Spec.f32(c.x), Spec.f32(c.w))).getFirst().shape();
        var b = draw(random, shape.dim(1));
        var dy = draw(random, shape.elements());
        var options = Session.options().threads(threads).winograd(false).prefer(EmulatedBf16.WHEREVER_POSSIBLE);
        try (var session = EmulatedBf16.open(options)) {
            session.profiling(true);
            try (var step = session.step(Mode.TRAIN)) {
                var tx = step.input(c.x, ElementType.F32);
                tx.copyFrom(x);
                tx.track();
                var tw = step.of(c.w, w).track();
                var tb = step.of(Shape.of(b.length), b).track();
                var ty = step.apply(c.op, tx, tw, tb);
                var y = ty.toArray();
                step.backward(ty, Gradients.REPLACE, dy);
                var names = session.profile(Mode.TRAIN).stream().filter(row -> row.op().startsWith("Conv")).findFirst().orElseThrow()
                        .implementation();
                assertFalse(names.contains("ref") || names.contains("gemm:"), names);
                var forward = rounds(names, "forward");
                var data = rounds(names, "data");
                var weights = rounds(names, "weights");
                assertTrue(!depthwise(c) ? forward && data : !forward && !data && !weights, names);
                var oracle = new Oracle(c);
                oracle.forward("y", y, of(x, forward), of(w, forward), doubles(b));
                var dz = dy.clone();
                for (var i = 0; i < dz.length && !c.op.equals(c.linear); i++) {
                    dz[i] = y[i] > 0 ? dy[i] : 0;
                }
                oracle.gradient("dx", 0, tx.grad(), of(dz, data), of(x, data), of(w, data));
                oracle.gradient("dw", 1, tw.grad(), of(dz, weights), of(x, weights), of(w, weights));
                oracle.gradient("db", 2, tb.grad(), doubles(dz), doubles(x), doubles(w));
            }
        }
    }

    private static boolean depthwise(Case c) {
        return c.op instanceof Conv conv && conv.groups() > 2;
    }

    private static boolean rounds(String names, String pass) {
        return names.contains(pass + " onednn:bf16:");
    }

    private static double[] of(float[] x, boolean rounds) {
        return doubles(rounds ? EmulatedBf16.rounded(x) : x);
    }

    private static double[] doubles(float[] x) {
        var y = new double[x.length];
        Arrays.setAll(y, i -> x[i]);
        return y;
    }

    private static double[] sizes(double[] x) {
        return Arrays.stream(x).map(Math::abs).toArray();
    }

    private static double[] ones(double[] x) {
        return Arrays.stream(x).map(_ -> 1).toArray();
    }

    /** The same sum three times: of the numbers, of their sizes, and of ones, which counts its terms. */
    private record Oracle(ConvOracle op, ConvOracle linear) {
        Oracle(Case c) {
            this(ConvOracle.of(c.op, c.x, c.w), ConvOracle.of(c.linear, c.x, c.w));
        }

        void forward(String name, float[] y, double[] x, double[] w, double[] b) {
            compare(name, y, op.forward(x, w, b), linear.forward(sizes(x), sizes(w), sizes(b)), linear.forward(ones(x), ones(w), ones(b)));
        }

        void gradient(String name, int which, float[] d, double[] dz, double[] x, double[] w) {
            compare(name, d, linear.backward(dz, x, w, dz)[which], linear.backward(sizes(dz), sizes(x), sizes(w), dz)[which],
                    linear.backward(ones(dz), ones(x), ones(w), dz)[which]);
        }

        private static void compare(String name, float[] actual, double[] expected, double[] sizes, double[] terms) {
            for (var i = 0; i < expected.length; i++) {
                var bound = terms[i] * 0x1p-24 / (1 - terms[i] * 0x1p-24) * sizes[i];
                if (!(Math.abs(actual[i] - expected[i]) <= bound)) {
                    fail("%s[%d] is %s, expected %s; error %.3g, bound %.3g".formatted(name, i, actual[i], expected[i], Math.abs(actual[i]
                            - expected[i]), bound));
                }
            }
        }
    }

    private static String chosen(Session.Options options, ConvLayer layer, Shape of) {
        try (var session = EmulatedBf16.open(options)) {
            session.profiling(true);
            var w = session.parameter("w", layer.w());
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.zeros(of);
                if (!layer.first()) {
                    x.track();
                }
                x.conv(layer.op(), w, null);
            }
            return session.profile(Mode.TRAIN).stream().filter(row -> row.op().startsWith("Conv")).findFirst().orElseThrow()
                    .implementation();
        }
    }

    /** Asked for, bf16 takes all passes of all layers but depthwise ones and those whose fast code oneDNN lacks; never its slow code. */
    @TestFactory
    Stream<DynamicTest> neverRunsReferenceCode() {
        return Arrays.stream(ConvLayer.values()).map(layer -> DynamicTest.dynamicTest(layer.name(), () -> {
            for (var prefer : new String[] {"", EmulatedBf16.WHEREVER_POSSIBLE}) {
                var names = chosen(Session.options().prefer(prefer), layer, layer.x(1));
                assertFalse(names.contains("ref") || names.contains("gemm:"), names);
                assertFalse(layer.depthwise() && names.contains("bf16"), names);
                assertTrue(prefer.isEmpty() || layer.depthwise() || names.contains("forward onednn:bf16:"), names);
            }
        }));
    }

    @Test
    void layersWithoutAWinogradFormAreFasterInBf16() {
        for (var layer : List.of(ConvLayer.RESNET50_S2_512_128_1X1, ConvLayer.RESNET50_S3_3X3_S2)) {
            var names = chosen(Session.options(), layer, layer.x());
            assertEquals(3, names.split("onednn:bf16", -1).length - 1, names);
        }
    }
}
