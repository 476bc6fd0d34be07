package fovea.onnx;

import fovea.ElementType;
import fovea.Shape;
import fovea.Step;
import fovea.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A node that is being computed: its attributes, and its inputs as an operator wants to see them. */
final class OnnxCall {
    private final OnnxNode node;
    private final long opset;
    private final Step step;
    private final Map<String, OnnxValue> values;

    OnnxCall(OnnxNode node, long opset, Step step, Map<String, OnnxValue> values) {
        this.node = node;
        this.opset = opset;
        this.step = step;
        this.values = values;
    }

    OnnxNode node() {
        return node;
    }

    long opset() {
        return opset;
    }

    Step step() {
        return step;
    }

    int inputs() {
        return node.inputs().size();
    }

    /** Whether this optional input is there and holds anything. */
    boolean has(int i) {
        return given(i) && value(i).elements() > 0;
    }

    boolean given(int i) {
        return i < inputs() && !node.inputs().get(i).isEmpty();
    }

    boolean wants(int output) {
        return output < node.outputs().size() && !node.outputs().get(output).isEmpty();
    }

    OnnxValue value(int i) {
        return value(node.inputs().get(i));
    }

    OnnxValue value(String name) {
        var value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("ONNX: %s reads %s, which nothing computes".formatted(node.type(), name));
        }
        return value;
    }

    /** Input i as F32, whatever it is in the file. */
    Tensor x(int i) {
        return value(i).tensor(step).to(ElementType.F32);
    }

    Tensor xOrNull(int i) {
        return has(i) ? x(i) : null;
    }

    /** Input i as I32: class ids, places. */
    Tensor ids(int i) {
        return value(i).tensor(step).to(ElementType.I32);
    }

    Tensor[] all() {
        var all = new Tensor[inputs()];
        Arrays.setAll(all, this::x);
        return all;
    }

    float number(int i) {
        return (float) value(i).array().elements()[0];
    }

    /** Later versions made inputs of attributes: the input where it is there, else the attribute, which may be empty. */
    long[] integers(int i, String attribute) {
        return has(i) ? value(i).array().longs() : node.integers(attribute);
    }

    Tensor full(Shape shape, float number) {
        return step.full(shape, number);
    }

    List<OnnxValue> tensors(Tensor... tensors) {
        return Arrays.stream(tensors).map(OnnxValue::of).toList();
    }

    static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }
}
