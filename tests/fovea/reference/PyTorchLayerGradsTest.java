package fovea.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.ElementType;
import fovea.Gradients;
import fovea.Losses;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import fovea.op.AvgPool;
import fovea.op.BatchNorm;
import fovea.op.Conv;
import fovea.op.ConvTranspose;
import fovea.op.CrossEntropy;
import fovea.op.Interpolation;
import fovea.op.Reduction;
import fovea.op.Resize;
import fovea.op.Window;
import fovea.support.JsonReader;
import fovea.support.Safetensors;
import fovea.support.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
        layers.put("avg_pool2d", (c, step, in) -> step.apply(new AvgPool(window(c), c.config.get("count_include_pad") != Boolean.FALSE),
                in.get("x")));
        layers.put("adaptive_avg_pool2d", (c, _, in) -> in.get("x").adaptiveAvgPool(c.both("output_size", 1)));
        layers.put("adaptive_max_pool2d", (c, _, in) -> in.get("x").adaptiveMaxPool(c.both("output_size", 1)));
        layers.put("linear", (_, _, in) -> in.get("x").linear(in.get("weight"), in.get("bias")));
        layers.put("group_norm", (c, _, in) -> in.get("x").groupNorm(c.number("groups", 1), in.get("weight"), in.get("bias")));
        layers.put("instance_norm", (_, _, in) -> in.get("x").instanceNorm(in.get("weight"), in.get("bias")));
        layers.put("layer_norm", (_, _, in) -> in.get("x").layerNorm(in.get("weight"), in.get("bias")));
        layers.put("local_response_norm", (c, _, in) -> in.get("x").localResponseNorm(c.number("size", 5), c.real("alpha", 1e-4),
                c.real("beta", 0.75), c.real("k", 1)));
        layers.put("upsample_nearest", (_, _, in) -> in.get("x").resizeNearest(8, 6));
        layers.put("upsample_bilinear", (_, _, in) -> in.get("x").resizeLinear(8, 6));
        layers.put("upsample_bilinear_align", (_, _, in) -> in.get("x").resize(Interpolation.LINEAR, Resize.Grid.ALIGN_CORNERS, 7, 5));
        layers.put("batch_norm2d_train", (c, step, in) -> in.get("x").batchNorm(in.get("weight"), in.get("bias"),
                step.session().tensor("mean", c.entry("running_mean_after").shape(), ElementType.F32),
                ones(step, c.entry("running_var_after").shape())));
        layers.put("batch_norm2d_eval", (c, step, in) -> step.apply(BatchNorm.of(false), in.get("x"), in.get("weight"), in.get("bias"),
                of(step, c.entry("running_mean")), of(step, c.entry("running_var"))));
        layers.put("softmax_dim1", (_, _, in) -> in.get("x").softmax(1));
        layers.put("cross_entropy", PyTorchLayerGradsTest::crossEntropy);
        layers.put("cross_entropy_2d", PyTorchLayerGradsTest::crossEntropy);
        layers.put("l1_loss", (c, step, in) -> in.get("x").sub(of(step, c.entry("target"))).abs().mean());
        layers.put("smooth_l1_loss",
                (c, step, in) -> Losses.smoothL1(in.get("x"), of(step, c.entry("target")), c.real("beta", 1), reduction(c)));
        layers.put("bce_with_logits", (c, step, in) -> Losses.binaryCrossEntropy(in.get("x"), of(step, c.entry("target")), reduction(c)));
        layers.put("celu_2", (_, _, in) -> in.get("x").celu(2));
        layers.put("prelu_shared", (_, _, in) -> in.get("x").prelu(in.get("weight")));
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

    private static Tensor crossEntropy(Case c, Step step, Map<String, Tensor> in) {
        var target = c.entry("target");
        var ids = step.input(target.shape(), ElementType.I32);
        ids.copyFrom(target.elements());
        return in.get("x").crossEntropy(new CrossEntropy(reduction(c), c.real("label_smoothing", 0), CrossEntropy.IGNORE, false), ids);
    }

    private static Reduction reduction(Case c) {
        return Reduction.valueOf(((String) c.config.get("reduction")).toUpperCase(Locale.ROOT));
    }

    private static Tensor of(Step step, Safetensors.Entry entry) {
        return step.of(entry.shape(), entry.elements());
    }

    private static Tensor ones(Step step, Shape shape) {
        var tensor = step.session().tensor("variance", shape, ElementType.F32);
        var ones = new float[(int) shape.elements()];
        Arrays.fill(ones, 1);
        tensor.copyFrom(ones);
        return tensor;
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
