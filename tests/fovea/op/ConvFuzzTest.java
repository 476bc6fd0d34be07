package fovea.op;

import static org.junit.jupiter.api.Assertions.fail;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Mode;
import fovea.Precision;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.ConvOracle;
import fovea.runtime.Layout;
import fovea.support.EmulatedBf16;
import fovea.support.Fuzz;
import fovea.support.Tiers;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random convolutions of small integers, forward and all gradients, on a random tier, provider and layout, in f32 or rounded to bf16:
 * everything must equal the oracle bitwise. Winograd divides, so its random shapes are compared within its bound.
 */
class ConvFuzzTest {
    @Tag("fuzz")
    @Test
    void randomConvolutionsEqualTheOracle() {
        Fuzz.run("convolution", 300, ConvFuzzTest::check);
    }

    private record Drawn(Op op, Shape x, Shape w) {
    }

    /** Few channels, many, or around a multiple of 16. */
    private static int channels(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(4);
            case 1 -> 16;
            case 2 -> 14 + random.nextInt(6);
            default -> 1 + random.nextInt(40);
        };
    }

    private static int[] draw(SplittableRandom random, int rank, int low, int high) {
        return random.ints(rank, low, high).toArray();
    }

    private static Drawn draw(SplittableRandom random) {
        while (true) {
            try {
                var rank = 1 + random.nextInt(8) * 3 / 8;
                var plain = random.nextInt(3) > 0;
                var stride = plain ? new int[] {random.nextInt(4) == 0 ? 2 : 1} : draw(random, rank, 1, 4);
                var dilation = plain ? new int[] {1} : draw(random, rank, 1, 3);
                var kernel = plain ? Extents.all(rank, 1 + random.nextInt(5)) : Extents.of(draw(random, rank, 1, 5));
                var begin = plain ? Extents.all(rank, random.nextInt(3)) : Extents.of(draw(random, rank, 0, 4));
                var end = plain ? begin : Extents.of(draw(random, rank, 0, 4));
                var in = Extents.of(draw(random, rank, 1, rank == 1 ? 40 : rank == 2 ? 12 : 6));
                var groups = random.nextInt(3) > 0 ? 1 : 1 + random.nextInt(4);
                var activation = random.nextInt(3) == 0 ? Activation.RELU : Activation.NONE;
                var depthwise = random.nextInt(8) == 0;
                var icg = depthwise ? 1 : Math.max(1, channels(random) / groups);
                var ocg = depthwise ? 1 : Math.max(1, channels(random) / groups);
                groups = depthwise ? channels(random) : groups;
                var n = random.nextInt(6) == 0 ? 15 + random.nextInt(4) : 1 + random.nextInt(3);
                var x = ConvChecks.shape(n, (long) groups * icg, in);
                var transposed = random.nextInt(4) == 0;
                Op op = transposed
                        ? ConvTranspose.of(rank).stride(stride).dilation(dilation).padding(begin, end).groups(groups).activation(activation)
                        : Conv.of(rank).stride(stride).dilation(dilation).padding(begin, end).groups(groups).activation(activation);
                var w = transposed ? ConvChecks.shape((long) groups * icg, ocg, kernel)
                        : ConvChecks.shape((long) groups * ocg, icg, kernel);
                if (op.infer(java.util.List.of(Spec.f32(x), Spec.f32(w))).getFirst().shape().elements() < 40_000) {
                    return new Drawn(op, x, w);
                }
            } catch (IllegalArgumentException e) {
                continue;
            }
        }
    }

    private static void check(SplittableRandom random) {
        var drawn = draw(random);
        var options = options(random);
        var layout = Layout.values()[random.nextInt(3)];
        var oracle = ConvOracle.of(drawn.op, drawn.x, drawn.w);
        var x = integers(random, drawn.x.elements());
        var w = integers(random, drawn.w.elements());
        var label = "%s of %s with %s, %s, %s".formatted(drawn.op, drawn.x, drawn.w, options, layout);
        // Small integers are bf16 numbers.
        var rounds = options.provider().equals("onednn") && random.nextBoolean();
        var session = rounds
                ? EmulatedBf16.with(() -> Fuzz.session(options.prefer(EmulatedBf16.WHEREVER_POSSIBLE).precision(Precision.BF16), random))
                : Fuzz.session(options, random);
        try (var step = session.step(Mode.TRAIN)) {
            var tx = step.input(drawn.x, ElementType.F32);
            var tw = step.of(drawn.w, floats(w)).track();
            tx.copyFrom(floats(x));
            tx.track();
            var placed = layout == Layout.PLAIN ? tx : step.apply(new Reorder(layout.name()), tx);
            var oc = (int) drawn.op.infer(java.util.List.of(Spec.f32(drawn.x), Spec.f32(drawn.w))).getFirst().shape().dim(1);
            var b = integers(random, oc);
            var tb = step.of(Shape.of(oc), floats(b)).track();
            var ty = step.apply(drawn.op, placed, tw, tb);
            var y = oracle.forward(x, w, b);
            compare(label + ": y", y, ty.toArray());
            var dy = integers(random, y.length);
            step.backward(ty, Gradients.REPLACE, floats(dy));
            var expected = oracle.backward(dy, x, w, y);
            compare(label + ": dx", expected[0], tx.grad());
            compare(label + ": dw", expected[1], tw.grad());
            compare(label + ": db", expected[2], tb.grad());
        } catch (RuntimeException e) {
            throw new AssertionError(label, e);
        }
    }

    private static Session.Options options(SplittableRandom random) {
        var tiers = Tiers.available();
        var provider = new String[] {"own", "auto", "onednn"}[random.nextInt(3)];
        var isa = provider.equals("onednn") ? tiers.getLast() : tiers.get(random.nextInt(tiers.size()));
        var prefer = provider.equals("onednn") ? ""
                : new String[] {"", "own:plain", "own:direct", "own:depthwise", "own:lane", "own:dense"}[random.nextInt(6)];
        return Session.options().isa(isa).provider(provider).prefer(prefer).threads(1 + random.nextInt(2)).winograd(false);
    }

    private static double[] integers(SplittableRandom random, long n) {
        return random.ints(n, -4, 5).asDoubleStream().toArray();
    }

    private static float[] floats(double[] x) {
        var y = new float[x.length];
        for (var i = 0; i < y.length; i++) {
            y[i] = (float) x[i];
        }
        return y;
    }

    private static void compare(String label, double[] expected, float[] actual) {
        for (var i = 0; i < expected.length; i++) {
            if (expected[i] != actual[i]) {
                fail("%s[%d] is %s, expected %s".formatted(label, i, actual[i], expected[i]));
            }
        }
    }
}
