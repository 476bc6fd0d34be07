package fovea.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Mode;
import fovea.Session;
import fovea.support.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** ONNX's own tests of its operators, and operators as PyTorch exported and computed them. */
class OnnxOperatorsTest {
    private static final String NO_ELEMENTS = "a tensor of Fovea has at least one element";
    private static final String GENERATOR = "which elements are dropped is up to the generator of random numbers";

    private static final String DOUBLES = "the inputs are doubles that no F32 holds";

    /** Cases that cannot run, and why. Whatever is not listed must pass, and what is listed must not. */
    private static final Map<String, String> SKIPPED = new TreeMap<>(Map.ofEntries(
            Map.entry("test_reduce_l2_empty_set", NO_ELEMENTS), Map.entry("test_reduce_sum_empty_set", NO_ELEMENTS),
            Map.entry("test_reduce_sum_square_empty_set", NO_ELEMENTS), Map.entry("test_reduce_sum_square_empty_set_expanded", NO_ELEMENTS),
            Map.entry("test_reshape_allowzero_reordered", NO_ELEMENTS), Map.entry("test_slice_start_out_of_bounds", NO_ELEMENTS),
            Map.entry("test_split_zero_size_splits_opset13", NO_ELEMENTS), Map.entry("test_split_zero_size_splits_opset18", NO_ELEMENTS),
            Map.entry("test_training_dropout_default", GENERATOR), Map.entry("test_training_dropout_mask", GENERATOR),
            Map.entry("test_operator_add_broadcast", DOUBLES), Map.entry("test_operator_add_size1_right_broadcast", DOUBLES),
            Map.entry("test_operator_addconstant", DOUBLES),
            Map.entry("test_onehot_out_of_range_indices", "a class id outside of the classes is refused, not taken for no class")));

    /** The folders hold this many cases at least: a test that finds none proves nothing. */
    private enum Suite {
        NODES("onnx-node-tests", 410, 1e-7), PYTORCH_LAYERS("onnx-pytorch-tests/pytorch-converted", 55, 1e-5), PYTORCH_OPERATORS(
                "onnx-pytorch-tests/pytorch-operator", 24, 1e-5), SIMPLE("onnx-simple-tests", 9, 1e-7);

        final String folder;
        final int cases;
        /** The absolute part of the tolerance that the suite is published with; the relative one is 1e-3. */
        final double absolute;

        Suite(String folder, int cases, double absolute) {
            this.folder = folder;
            this.cases = cases;
            this.absolute = absolute;
        }

        List<Path> paths() throws IOException {
            try (var all = Files.list(SharedData.path(folder))) {
                return all.filter(path -> Files.exists(path.resolve("model.onnx"))).sorted().toList();
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> nodes() throws IOException {
        return tests(Suite.NODES);
    }

    @TestFactory
    Stream<DynamicTest> layersOfPyTorch() throws IOException {
        return tests(Suite.PYTORCH_LAYERS);
    }

    @TestFactory
    Stream<DynamicTest> operatorsOfPyTorch() throws IOException {
        return tests(Suite.PYTORCH_OPERATORS);
    }

    @TestFactory
    Stream<DynamicTest> simpleModels() throws IOException {
        return tests(Suite.SIMPLE);
    }

    @Test
    void everyCaseThatIsListedAsSkippedExists() throws IOException {
        var names = new HashSet<String>();
        for (var suite : Suite.values()) {
            suite.paths().forEach(path -> names.add(path.getFileName().toString()));
        }
        var unknown = new ArrayList<>(SKIPPED.keySet());
        unknown.removeAll(names);
        assertEquals(List.of(), unknown);
    }

    private static Stream<DynamicTest> tests(Suite suite) throws IOException {
        var paths = suite.paths();
        assertTrue(paths.size() >= suite.cases, () -> "cases are missing: " + paths.size() + " of " + suite.cases);
        return paths.stream().map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(suite, path)));
    }

    private static void check(Suite suite, Path path) throws IOException {
        var reason = SKIPPED.get(path.getFileName().toString());
        if (reason == null) {
            run(suite, path);
            return;
        }
        try {
            run(suite, path);
        } catch (RuntimeException | AssertionError e) {
            var message = "skipped: " + path.getFileName() + ", " + reason;
            System.out.println(message);
            Assumptions.abort(message);
        }
        fail(path.getFileName() + " is listed as skipped and passes");
    }

    private static void run(Suite suite, Path path) throws IOException {
        var model = OnnxModel.read(path.resolve("model.onnx"));
        var data = path.resolve("test_data_set_0");
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var outputs = OnnxGraph.run(model, step, read(data, "input"));
            var expected = read(data, "output");
            assertTrue(!expected.isEmpty() && expected.size() <= outputs.size(), "outputs are missing: " + outputs);
            for (var o = 0; o < expected.size(); o++) {
                assertNear(expected.get(o), outputs.get(o), suite.absolute);
            }
        }
    }

    private static List<OnnxTensor> read(Path folder, String kind) throws IOException {
        var tensors = new ArrayList<OnnxTensor>();
        for (var i = 0; Files.exists(folder.resolve(kind + "_" + i + ".pb")); i++) {
            tensors.add(OnnxTensor.read(folder.resolve(kind + "_" + i + ".pb")));
        }
        return tensors;
    }

    private static void assertNear(OnnxTensor expected, OnnxTensor actual, double absolute) {
        assertArrayEquals(expected.dims(), actual.dims(), expected.toString());
        for (var i = 0; i < expected.elements().length; i++) {
            var e = expected.elements()[i];
            var a = actual.elements()[i];
            var tolerance = expected.type().isInteger() ? 0 : absolute + 1e-3 * Math.abs(e);
            if (!(Math.abs(a - e) <= tolerance) && !(a == e) && !(Double.isNaN(a) && Double.isNaN(e))) {
                fail("%s[%d] is %s, expected %s".formatted(expected, i, a, e));
            }
        }
    }
}
