package fovea.nn;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Session;
import fovea.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A fused network computes what the unfused one does, forward and backward, in TRAIN and in EVAL. */
class FusionTest {
    private record Case(String name, Layer net, Shape in, String path, String fused) {
    }

    private static final List<Case> CASES = List.of(
            new Case("convolution + relu", sequential(conv2d(20, 3).padding(1), relu(), conv2d(5, 1)), Shape.of(3, 9, 8), "1", "in 0"),
            new Case("convolution without bias + relu", sequential(conv2d(6, 5).bias(false), relu()), Shape.of(1, 12, 12), "1", "in 0"),
            new Case("convolution + batch norm + relu",
                    sequential(conv2d(20, 3).padding(1).bias(false), batchNorm(), relu(), conv2d(3, 1)), Shape.of(3, 9, 8), "2", "in 0"),
            new Case("convolution + batch norm", sequential(conv2d(5, 3).bias(false), batchNorm().momentum(0.3f), sigmoid()),
                    Shape.of(3, 6, 6), "1", "in 0"),
            new Case("batch norm + relu", sequential(batchNorm(), relu(), conv2d(4, 1)), Shape.of(5, 4, 4), "1", "in 0"),
            new Case("convolution + batch norm + add + relu",
                    residual(sequential(conv2d(6, 3).stride(2).padding(1).bias(false), batchNorm(), relu(),
                            conv2d(6, 3).padding(1).bias(false), batchNorm()), sequential(conv2d(6, 1).stride(2).bias(false), batchNorm()))
                            .activation(relu()),
                    Shape.of(3, 8, 8), "activation", "in body.3"),
            new Case("convolution + batch norm + add",
                    sequential(residual(sequential(conv2d(4, 3).padding(1).bias(false), batchNorm())), tanh()), Shape.of(4, 5, 5),
                    "0.body.0", "convolution + batch norm + add"),
            new Case("batch norm of the batch's statistics + add", residual(sequential(conv2d(4, 1), batchNorm().running(false))),
                    Shape.of(4, 5, 5), "body.1", "in body.0"),
            new Case("batch norm + add + relu",
                    residual(sequential(conv2d(4, 1), sigmoid(), batchNorm())).activation(relu()), Shape.of(4, 5, 5), "body.2",
                    "batch norm + add + relu"),
            new Case("convolution + add + relu", residual(sequential(relu(), conv2d(20, 3).padding(1).bias(false)), conv2d(20, 1))
                    .activation(relu()), Shape.of(17, 6, 7), "body.1", "convolution + add + relu"),
            new Case("convolution + add", residual(sequential(batchNorm(), relu(), conv2d(5, 3).same())), Shape.of(5, 7, 6), "body.2",
                    "convolution + add"),
            new Case("depthwise convolution + add + relu",
                    residual(sequential(depthwiseConv2d(3).padding(1))).activation(relu()), Shape.of(20, 7, 7), "activation", "in body.0"),
            new Case("residual of a norm alone", residual(sequential(batchNorm())).activation(relu()), Shape.of(4, 5, 5), "activation",
                    "in body.0"),
            new Case("convolution + relu + max-pool", sequential(conv2d(20, 3).padding(1), relu(), maxPool2d(2), conv2d(5, 1)),
                    Shape.of(17, 9, 8), "2", "in 0"),
            new Case("convolution in lanes + relu + max-pool", sequential(conv2d(6, 5).padding(2), relu(), maxPool2d(2)),
                    Shape.of(1, 12, 12), "0", "convolution + relu + max-pool"),
            new Case("convolution + max-pool", sequential(conv2d(5, 3).same().bias(false), maxPool2d(2), sigmoid()), Shape.of(3, 7, 9),
                    "0", "convolution + max-pool"),
            new Case("convolution + batch norm + relu + max-pool",
                    sequential(conv2d(20, 3).padding(1).bias(false), batchNorm(), relu(), maxPool2d(2), conv2d(3, 1)), Shape.of(3, 9, 8),
                    "3", "in 0"),
            new Case("convolution + batch norm + max-pool", sequential(conv2d(5, 3), batchNorm(), maxPool2d(2)), Shape.of(3, 8, 8),
                    "0", "convolution + batch norm + max-pool"),
            new Case("dense + relu", sequential(dense(20), relu(), dense(3)), Shape.of(33), "1", "in 0"),
            new Case("depthwise convolution + relu", sequential(depthwiseConv2d(3).same().stride(2), relu()), Shape.of(20, 7, 7), "1",
                    "in 0"));

    @TestFactory
    Stream<DynamicTest> equalsTheUnfusedNetwork() {
        return CASES.stream().map(c -> DynamicTest.dynamicTest(c.name, () -> check(c)));
    }

    private static void check(Case c) {
        try (var session = Session.open()) {
            var plain = c.net.build(session, c.in, 7, BuildOptions.DEFAULT.fuse(false));
            assertTrue(plain.summary().rows().stream().allMatch(r -> r.fused().isEmpty()), "nothing is fused when switched off");
            try (var other = Session.open()) {
                var fused = c.net.build(other, c.in, 7);
                assertEquals(c.fused, fused.summary().row(c.path).fused());
                assertEquals(plain.state().keySet(), fused.state().keySet(), "names do not depend on fusion");
                for (var batch : new int[] {1, 4, 17}) {
                    var expected = Runs.train(session, plain, batch, batch);
                    var actual = Runs.train(other, fused, batch, batch);
                    expected.forEach((name, values) -> compare(c.name + ", batch " + batch + ", " + name, values, actual.get(name)));
                    compare(c.name + " in EVAL", Runs.eval(session, plain, batch, 5), Runs.eval(other, fused, batch, 5));
                }
            }
        }
    }

    /** Two orders of summation: 2 * eps * terms of the largest sum is generous for a handful of layers of a few hundred terms. */
    private static void compare(String what, float[] expected, float[] actual) {
        assertNotNull(actual, what);
        assertEquals(expected.length, actual.length, what);
        var largest = 0.0;
        for (var e : expected) {
            largest = Math.max(largest, Math.abs(e));
        }
        assertTrue(largest > 0, what + " is all zero and proves nothing");
        for (var i = 0; i < expected.length; i++) {
            if (!(Math.abs(expected[i] - actual[i]) <= 512 * 0x1p-24 * largest)) {
                fail("%s: [%d] is %s unfused and %s fused; the largest is %s".formatted(what, i, expected[i], actual[i], largest));
            }
        }
    }

    @Test
    void hooksSeeWhatAFusedGroupHides() {
        var net = sequential(conv2d(4, 3), relu(), conv2d(2, 1));
        try (var session = Session.open()) {
            var model = net.build(session, Shape.of(1, 6, 6), 3);
            var before = Runs.train(session, model, 2, 1);
            var seen = new ArrayList<float[]>();
            var hook = model.onActivation("0", (_, y) -> {
                seen.add(y.toArray());
                return y;
            });
            var hooked = Runs.train(session, model, 2, 1);
            assertEquals(1, seen.size());
            assertTrue(hasNegative(seen.getFirst()), "the hook sees the convolution's result before relu");
            before.forEach((name, values) -> compare(name, values, hooked.get(name)));
            hook.close();
            var after = Runs.train(session, model, 2, 1);
            before.forEach((name, values) -> assertArrayEquals(values, after.get(name), name));
            assertFalse(model.summary().row("1").fused().isEmpty());
        }
    }

    private static boolean hasNegative(float[] x) {
        for (var v : x) {
            if (v < 0) {
                return true;
            }
        }
        return Arrays.equals(x, new float[0]);
    }
}
