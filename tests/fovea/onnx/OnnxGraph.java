package fovea.onnx;

import fovea.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Computes an ONNX graph with Fovea's ops, node by node.
 *
 * <pre>{@code
 * var outputs = OnnxGraph.run(OnnxModel.read(file), step, List.of(image));
 * }</pre>
 */
public final class OnnxGraph {
    /** What computes a node: one value for each of its outputs, in their order; those behind may be missing. */
    @FunctionalInterface
    interface Operator {
        List<OnnxValue> run(OnnxCall call);
    }

    private static final Map<String, Operator> OPERATORS = operators();

    private OnnxGraph() {
    }

    private static Map<String, Operator> operators() {
        var operators = new TreeMap<String, Operator>();
        ElementwiseNodes.addTo(operators);
        ShapeNodes.addTo(operators);
        LayerNodes.addTo(operators);
        PoolNodes.addTo(operators);
        TrainingNodes.addTo(operators);
        return operators;
    }

    /** Types of nodes that can be computed. */
    public static Set<String> types() {
        return OPERATORS.keySet();
    }

    /** The graph's outputs, in their order, copied out of the step. */
    public static List<OnnxTensor> run(OnnxModel model, Step step, List<OnnxTensor> inputs) {
        var values = new HashMap<String, OnnxValue>();
        model.initializers().forEach((name, tensor) -> values.put(name, OnnxValue.of(tensor)));
        for (var i = 0; i < inputs.size(); i++) {
            values.put(model.inputs().get(i), OnnxValue.of(inputs.get(i)));
        }
        // What a gradient is asked for must be tracked before anything reads it.
        model.nodes().stream().filter(n -> n.type().equals("Gradient"))
                .forEach(n -> n.texts("xs").forEach(x -> values.get(x).tensor(step).track()));
        for (var node : model.nodes()) {
            var operator = OPERATORS.get(node.type());
            if (operator == null) {
                throw new UnsupportedOperationException("ONNX: there is no " + node.type() + " here");
            }
            var results = operator.run(new OnnxCall(node, model.opset(), step, values));
            for (var o = 0; o < results.size() && o < node.outputs().size(); o++) {
                values.put(node.outputs().get(o), results.get(o));
            }
        }
        return model.outputs().stream().map(name -> values.get(name).array()).toList();
    }
}
