package fovea.cli;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import fovea.nn.Layer;
import fovea.nn.Layers;
import fovea.op.Interpolation;
import fovea.op.Pad;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerFileTest {
    @TempDir
    Path folder;

    private Layer read(String layers) throws IOException {
        var file = folder.resolve("net.json");
        Files.writeString(file, "{\"input\": [1, 28, 28], \"layers\": [" + layers + "]}");
        return LayerFile.read(file).layer(7);
    }

    private static String wrong(org.junit.jupiter.api.function.Executable reading) {
        return assertThrows(IllegalArgumentException.class, reading).getMessage();
    }

    /** Java functions and names that wrap another layer have no place in a file; a name is an option of every layer. */
    @Test
    void knowsEveryLayer() {
        var factories = new TreeSet<String>();
        for (var method : Layers.class.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) && Layer.class.isAssignableFrom(method.getReturnType())) {
                factories.add(method.getName());
            }
        }
        factories.removeAll(Set.of("lambda", "named"));
        assertEquals(factories, new TreeSet<>(LayerTable.names()));
    }

    @Test
    void readsNamesNumbersAndOptions() throws IOException {
        var cases = Map.<String, Layer>ofEntries(
                Map.entry("'relu'", relu()), Map.entry("{'conv2d': [16, 5]}", conv2d(16, 5)),
                Map.entry("{'conv2d': [16, 3, 5], 'stride': [1, 2], 'padding': 'same', 'bias': false, 'name': 'stem'}",
                        named("stem", conv2d(16, 3, 5).bias(false).stride(1, 2).same())),
                Map.entry("{'name': 'c', 'conv1d': [4, 3], 'padding': 1, 'dilation': 2, 'groups': 2}",
                        named("c", conv1d(4, 3).dilation(2).groups(2).padding(1))),
                Map.entry("{'checkpointed': ['relu', {'conv2d': [4, 3]}]}", checkpointed(sequential(relu(), conv2d(4, 3)))),
                Map.entry("{'depthwiseConv2d': 3, 'padding': 1}", depthwiseConv2d(3).padding(1)),
                Map.entry("{'separableConv2d': [8, 3], 'stride': 2, 'padding': 1}", separableConv2d(8, 3, 2, 1)),
                Map.entry("{'convTranspose2d': [8, 4], 'stride': 2, 'padding': 1, 'outputPadding': 1}",
                        convTranspose2d(8, 4).stride(2).padding(1).outputPadding(1)),
                Map.entry("{'maxPool2d': 3, 'stride': 2, 'ceil': true}", maxPool2d(3).stride(2).ceil()),
                Map.entry("{'avgPool1d': 2, 'countPadding': false}", avgPool1d(2).countPadding(false)),
                Map.entry("{'lpPool2d': 2, 'power': 1.5}", lpPool2d(2).power(1.5f)),
                Map.entry("{'adaptiveAvgPool2d': [2, 3]}", adaptiveAvgPool2d(2, 3)), Map.entry("{'subSample2d': 2}", subSample2d(2)),
                Map.entry("{'upsample': 2, 'interpolation': 'linear', 'alignCorners': true}",
                        upsample(2).interpolation(Interpolation.LINEAR).alignCorners(true)),
                Map.entry("{'pad2d': [1, 2], 'mode': 'reflect'}", pad2d(1, 2).mode(Pad.Mode.REFLECT)),
                Map.entry("{'batchNorm': true, 'momentum': 0.2}", batchNorm().momentum(0.2f)), Map.entry("'batchNorm'", batchNorm()),
                Map.entry("{'localResponseNorm': 5, 'alpha': 5e-4, 'k': 2}", localResponseNorm(5, 5e-4f, 0.75f, 2)),
                Map.entry("{'dense': 'classes'}", dense(7)), Map.entry("{'rbf': 'classes', 'trained': true}", rbf(7).trained(true)),
                Map.entry("{'dropout': 0.25}", dropout(0.25f)), Map.entry("'dropout'", dropout(0.5f)),
                Map.entry("{'channelDropout': 0.1}", channelDropout(0.1f)), Map.entry("{'stochasticDepth': 0.2}", stochasticDepth(0.2f)),
                Map.entry("{'leakyRelu': 0.1}", leakyRelu(0.1f)), Map.entry("{'clamp': [-1, 2.5]}", clamp(-1, 2.5f)),
                Map.entry("{'prelu': true, 'perChannel': true}", prelu().perChannel(true)), Map.entry("{'celu': 2}", celu(2)),
                Map.entry("{'excited': [{'conv2d': [16, 3]}], 'reduction': 4}", excited(sequential(conv2d(16, 3)), 4)),
                Map.entry("{'squeezeExcitation': 4, 'activation': 'silu', 'gate': 'hardSigmoid'}",
                        squeezeExcitation(4).activation(silu()).gate(hardSigmoid())),
                Map.entry("{'residual': [{'conv2d': [4, 1]}, 'relu'], 'shortcut': ['identity'], 'activation': 'relu'}",
                        residual(sequential(conv2d(4, 1), relu()), sequential(identity())).activation(relu())),
                Map.entry("{'parallel': [[{'conv2d': [4, 1]}], ['relu']]}", parallel(sequential(conv2d(4, 1)), sequential(relu()))),
                Map.entry("{'unpooled': ['tanh'], 'kernel': 3, 'stride': 2}", unpooled(maxPool2d(3).stride(2), sequential(tanh()))),
                Map.entry("{'shared': 'twin', 'layer': {'conv2d': [1, 1]}}", shared("twin", conv2d(1, 1))),
                Map.entry("{'sideOutput': ['flatten']}", sideOutput(sequential(flatten()))),
                Map.entry("{'reshape': [2, 3]}", reshape(2, 3)));
        for (var c : cases.entrySet()) {
            assertEquals(sequential(c.getValue()), read(c.getKey().replace('\'', '"')), c.getKey());
        }
    }

    @Test
    void yamlSaysTheSameAsJson() throws IOException {
        var yaml = folder.resolve("net.yaml");
        Files.writeString(yaml, """
                input: [1, 8, 8]
                classes: 3
                layers:
                  - conv2d: [4, 3]
                    padding: 1
                  - relu
                  - dropout: 0.5
                  - flatten
                  - dense: classes
                """);
        var file = LayerFile.read(yaml);
        assertEquals(Shape.of(1, 8, 8), file.input());
        assertEquals(3, file.classes());
        assertEquals(sequential(conv2d(4, 3).padding(1), relu(), dropout(0.5f), flatten(), dense(3)), file.layer(3));
    }

    @Test
    void mistakesAreNamedWithTheirPlace() throws IOException {
        assertTrue(wrong(() -> read("\"relu\", {\"conv2d\": [4, 3], \"colour\": 1}")).endsWith(
                "net.json: layer 1: conv2d has no option colour; there are stride, padding, dilation, groups, bias, name"));
        assertTrue(wrong(() -> read("{\"conv9d\": 1}")).contains("no layer is called 'conv9d'; there are adaptiveAvgPool1d, "));
        assertTrue(wrong(() -> read("{\"conv2d\": 8}")).contains("conv2d needs a number of filters and the kernel's extents"));
        assertTrue(wrong(() -> read("{\"conv2d\": [8, 2.5]}")).contains("'2.5' is no whole number"));
        assertTrue(wrong(() -> read("{\"relu\": 3}")).contains("relu takes no '3'"));
        assertTrue(
                wrong(() -> read("{\"pad2d\": 1, \"mode\": \"mirror\"}")).contains("there are [constant, reflect, replicate, circular]"));
        assertTrue(wrong(() -> read("{\"residual\": [{\"dropout\": 2}]}")).contains("layer 0: layer 0: dropout: p is 2.0"));
        assertTrue(wrong(() -> read("7")).contains("'7' is no object"));
        for (var text : List.of("", "[]", "{\"input\": [1, 28, 28]}", "{\"input\": [], \"layers\": []}", "{\"layers\": []}",
                "{\"input\": [1, 28, 28], \"layers\": [], \"classes\": 0}", "{\"input\": [1, 28, 28], \"layers\": [], \"colour\": 0}")) {
            var file = folder.resolve("bad.json");
            Files.writeString(file, text);
            assertTrue(wrong(() -> LayerFile.read(file)).startsWith(file + ": "), text);
        }
        var yaml = folder.resolve("bad.yaml");
        Files.writeString(yaml, "input: [1, 28\nlayers: {");
        assertTrue(wrong(() -> LayerFile.read(yaml)).contains("no YAML"));
    }
}
