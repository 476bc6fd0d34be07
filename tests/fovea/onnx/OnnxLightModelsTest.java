package fovea.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Mode;
import fovea.Session;
import fovea.support.SharedData;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole networks as ONNX ships them for tests: the true graphs, with weights that are all alike. Hence all classes are equally likely, and
 * what is checked is that every layer can be placed and the shapes go together.
 */
class OnnxLightModelsTest {
    @TestFactory
    Stream<DynamicTest> computesWholeNetworks() {
        return Stream.of("inception_v1", "resnet50", "squeezenet").map(OnnxLightModelsTest::test);
    }

    /** Their dense layers have a hundred million weights. */
    @TestFactory
    @Tag("zoo")
    Stream<DynamicTest> computesWholeNetworksThoughTheyAreLarge() {
        return Stream.of("bvlc_alexnet", "vgg19").map(OnnxLightModelsTest::test);
    }

    private static DynamicTest test(String name) {
        return DynamicTest.dynamicTest(name, () -> check(name));
    }

    private static void check(String name) throws IOException {
        var folder = SharedData.path("onnx-light-models");
        var model = OnnxModel.read(folder.resolve("light_" + name + ".onnx"));
        var expected = OnnxTensor.read(folder.resolve("light_" + name + "_output_0.pb"));
        var pixels = new double[3 * 224 * 224];
        for (var i = 0; i < pixels.length; i++) {
            pixels[i] = (float) i / pixels.length;
        }
        var input = new OnnxTensor(model.inputs().getFirst(), OnnxTensor.Type.FLOAT, new long[] {1, 3, 224, 224}, pixels);
        OnnxTensor actual;
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            actual = OnnxGraph.run(model, step, List.of(input)).getFirst();
        }
        assertArrayEquals(expected.dims(), actual.dims());
        assertEquals(1000, actual.elements().length);
        for (var i = 0; i < 1000; i++) {
            // A softmax of equal scores is a sum of 1000 ones; each may be rounded once.
            var bound = 1000 * 0x1p-24 * expected.elements()[i];
            var difference = Math.abs(actual.elements()[i] - expected.elements()[i]);
            if (!(difference <= bound)) {
                fail("%s: class %d is %s, expected %s; difference %.3g, bound %.3g".formatted(
                        name, i, actual.elements()[i], expected.elements()[i], difference, bound));
            }
        }
    }
}
