package fovea.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One operator of a graph.
 *
 * @param domain empty for ONNX's own operators
 * @param inputs names of values; an empty one is left out
 * @param attributes Long, Double, String, OnnxTensor, or a list of Long, Double or String
 */
public record OnnxNode(String name, String type, String domain, List<String> inputs, List<String> outputs,
        Map<String, Object> attributes) {
    static OnnxNode read(Protobuf in) {
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        var attributes = new HashMap<String, Object>();
        var name = "";
        var type = "";
        var domain = "";
        while (in.next()) {
            switch (in.field()) {
                case 1 -> inputs.add(in.text());
                case 2 -> outputs.add(in.text());
                case 3 -> name = in.text();
                case 4 -> type = in.text();
                case 5 -> readAttribute(in.message(), attributes);
                case 7 -> domain = in.text();
                default -> in.skip();
            }
        }
        return new OnnxNode(name, type, domain, List.copyOf(inputs), List.copyOf(outputs), Map.copyOf(attributes));
    }

    private static void readAttribute(Protobuf in, Map<String, Object> into) {
        var name = "";
        var integers = new ArrayList<Long>();
        var reals = new ArrayList<Double>();
        var texts = new ArrayList<String>();
        var kind = 0L;
        Object one = null;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> name = in.text();
                case 2 -> one = (double) in.real();
                case 3 -> one = in.integer();
                case 4 -> one = in.text();
                case 5 -> one = OnnxTensor.read(in.message());
                case 7 -> in.reals(reals);
                case 8 -> in.integers(integers);
                case 9 -> texts.add(in.text());
                case 20 -> kind = in.integer();
                default -> in.skip();
            }
        }
        // A number that is 0 may be left out of the file; its kind says what is meant.
        into.put(name, one != null ? one : switch ((int) kind) {
            case 1 -> (Object) 0.0;
            case 2 -> 0L;
            case 3 -> "";
            case 6 -> reals;
            case 7 -> integers;
            case 8 -> texts;
            default -> throw new IllegalArgumentException("ONNX: attribute %s is of kind %d, which is not read here".formatted(name, kind));
        });
    }

    public boolean has(String attribute) {
        return attributes.containsKey(attribute);
    }

    public long integer(String attribute, long absent) {
        return (Long) attributes.getOrDefault(attribute, absent);
    }

    public float real(String attribute, double absent) {
        return ((Double) attributes.getOrDefault(attribute, absent)).floatValue();
    }

    public String text(String attribute, String absent) {
        return (String) attributes.getOrDefault(attribute, absent);
    }

    public List<?> texts(String attribute) {
        return (List<?>) attributes.getOrDefault(attribute, List.of());
    }

    /** Empty where there is no such attribute. */
    public long[] integers(String attribute) {
        return ((List<?>) attributes.getOrDefault(attribute, List.of())).stream().mapToLong(v -> (Long) v).toArray();
    }

    public OnnxTensor tensor(String attribute) {
        return (OnnxTensor) attributes.get(attribute);
    }
}
