package fovea.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Step;
import fovea.Tensor;
import fovea.op.Conv;
import fovea.op.ConvTranspose;
import fovea.op.Window;
import fovea.support.JsonReader;
import fovea.support.Safetensors;
import fovea.support.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Single layers and losses, forward and backward, as PyTorch computed them in double precision. */
class PyTorchLayerGradsTest {
    private static final String FOLDER = "pytorch-layer-grads";

    /** One recorded case. {@code config} holds what differs from PyTorch's defaults. */
    private record Case(String name, String op, Map<?, ?> config, Map<String, Safetensors.Entry> tensors) {
        Safetensors.Entry entry(String tensor) {
            return tensors.get(name + "/" + tensor);
        }

        boolean has(String tensor) {
            return tensors.containsKey(name + "/" + tensor);
        }

        int number(String key, int absent) {
            return config.containsKey(key) ? ((Number) config.get(key)).intValue() : absent;
        }

        float real(String key, double absent) {
            return config.containsKey(key) ? ((Number) config.get(key)).floatValue() : (float) absent;
        }

        /** A number that stands for both axes, or one for each. */
        int[] both(String key, int absent) {
            return config.get(key) instanceof List<?> list ? list.stream().mapToInt(v -> ((Number) v).intValue()).toArray()
                    : new int[] {number(key, absent), number(key, absent)};
        }
    }

    /** What one operator does with its tensors. */
    @FunctionalInterface
    private interface Layer {
        Tensor forward(Case c, Step step, Map<String, Tensor> in);
    }

    private static final Map<String, Layer> LAYERS = layers();

    private static Map<String, Layer> layers() {
        var layers = new HashMap<String, Layer>();
        layers.put("conv2d", (c, _, in) -> in.get("x").conv(conv(c), in.get("weight"), in.get("bias")));
        layers.put("conv_transpose2d", (c, _, in) -> in.get("x").convTranspose(ConvTranspose.of(2)
                .stride(c.both("stride", 1)).padding(c.both("padding", 0)).dilation(c.both("dilation", 1))
                .groups(c.number("groups", 1)), in.get("weight"), in.get("bias")));
        layers.put("max_pool2d", (c, _, in) -> in.get("x").maxPool(window(c)));
        layers.put("avg_pool2d", (c, _, in) -> in.get("x").avgPool(window(c)));
        layers.put("relu", (_, _, in) -> in.get("x").relu());
        layers.put("relu6", (_, _, in) -> in.get("x").clamp(0, 6));
        layers.put("elu", (_, _, in) -> in.get("x").elu(1));
        layers.put("selu", (_, _, in) -> in.get("x").selu());
        layers.put("gelu", (_, _, in) -> in.get("x").gelu());
        layers.put("softsign", (_, _, in) -> in.get("x").softsign());
        layers.put("hardswish", (_, _, in) -> in.get("x").hardSwish());
        layers.put("hardsigmoid", (_, _, in) -> in.get("x").hardSigmoid());
        layers.put("silu", (_, _, in) -> in.get("x").silu());
        layers.put("mish", (_, _, in) -> in.get("x").mish());
        return layers;
    }

    private static Conv conv(Case c) {
        return Conv.of(2).stride(c.both("stride", 1)).padding(c.both("padding", 0)).dilation(c.both("dilation", 1))
                .groups(c.number("groups", 1));
    }

    /** PyTorch's stride is the kernel where none is given. */
    private static Window window(Case c) {
        var window = Window.of(c.both("kernel_size", 1)).padding(c.both("padding", 0)).dilation(c.both("dilation", 1));
        return c.config.containsKey("stride") ? window.stride(c.both("stride", 1)) : window;
    }

    @TestFactory
    Stream<DynamicTest> agreeWithPyTorch() throws IOException {
        var folder = SharedData.path(FOLDER);
        var tensors = Safetensors.read(folder.resolve("cases.safetensors"));
        var cases = (List<?>) JsonReader.object(Files.readString(folder.resolve("cases.json"))).get("cases");
        assertTrue(cases.size() >= 55, "cases are missing: " + cases.size());
        return cases.stream().map(entry -> {
            var map = (Map<?, ?>) entry;
            var c = new Case((String) map.get("name"), (String) map.get("op"), (Map<?, ?>) map.get("config"), tensors);
            return DynamicTest.dynamicTest(c.name, () -> check(c));
        });
    }

    private static void check(Case c) {
        var layer = LAYERS.get(c.op);
        if (layer == null) {
            fail("no layer for '" + c.op + "'; add it to LAYERS");
        }
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var inputs = new HashMap<String, Tensor>();
            for (var name : List.of("x", "weight", "bias")) {
                if (c.has(name)) {
                    var entry = c.entry(name);
                    inputs.put(name, step.of(entry.shape(), entry.elements()).track());
                }
            }
            var y = layer.forward(c, step, inputs);
            if (c.has("loss")) {
                assertNear(c, "loss", y.toArray());
                step.backward(y);
            } else {
                assertNear(c, "y", y.toArray());
                step.backward(y, Gradients.REPLACE, c.entry("grad_output").elements());
            }
            inputs.forEach((name, tensor) -> assertNear(c, "grad_" + name, tensor.grad()));
        }
    }

    /** The README of the folder calls 1e-5 of the largest value fair for float32. */
    private static void assertNear(Case c, String tensor, float[] actual) {
        var expected = c.entry(tensor).elements();
        var largest = 0f;
        for (var v : expected) {
            largest = Math.max(largest, Math.abs(v));
        }
        assertArrayEquals(expected, actual, 1e-5f * largest, c.name + " " + tensor);
    }
}
