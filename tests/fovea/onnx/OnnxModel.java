package fovea.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph out of an ONNX file, as far as networks need it: nodes in the order in which they can be computed, and constant arrays.
 *
 * @param opset version of ONNX's own operators; what a node means depends on it
 * @param inputs names of the inputs that are no initializers
 */
public record OnnxModel(long opset, List<String> inputs, List<String> outputs, List<OnnxNode> nodes, Map<String, OnnxTensor> initializers) {
    public static OnnxModel read(Path file) throws IOException {
        var opset = 1L;
        OnnxModel graph = null;
        for (var in = new Protobuf(ByteBuffer.wrap(Files.readAllBytes(file))); in.next();) {
            switch (in.field()) {
                case 7 -> graph = readGraph(in.message());
                case 8 -> opset = Math.max(opset, readVersion(in.message()));
                default -> in.skip();
            }
        }
        if (graph == null) {
            throw new IllegalArgumentException("ONNX: " + file + " holds no graph");
        }
        return new OnnxModel(opset, graph.inputs, graph.outputs, graph.nodes, graph.initializers);
    }

    /** The version of ONNX's own operators; those of other domains count as 0. */
    private static long readVersion(Protobuf in) {
        var own = true;
        var version = 0L;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> own = in.text().isEmpty();
                case 2 -> version = in.integer();
                default -> in.skip();
            }
        }
        return own ? version : 0;
    }

    private static OnnxModel readGraph(Protobuf in) {
        var nodes = new ArrayList<OnnxNode>();
        var initializers = new LinkedHashMap<String, OnnxTensor>();
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> nodes.add(OnnxNode.read(in.message()));
                case 5 -> {
                    var tensor = OnnxTensor.read(in.message());
                    initializers.put(tensor.name(), tensor);
                }
                case 11 -> inputs.add(readName(in.message()));
                case 12 -> outputs.add(readName(in.message()));
                default -> in.skip();
            }
        }
        inputs.removeAll(initializers.keySet());
        return new OnnxModel(0, inputs, outputs, nodes, initializers);
    }

    /** Of what is said of an input or output, the name. */
    private static String readName(Protobuf in) {
        var name = "";
        while (in.next()) {
            if (in.field() == 1) {
                name = in.text();
            } else {
                in.skip();
            }
        }
        return name;
    }
}
