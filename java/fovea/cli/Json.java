package fovea.cli;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Writes maps, lists, texts, numbers, truth values and null as JSON. */
final class Json {
    private Json() {
    }

    static String of(Object value) {
        return write(value, "");
    }

    private static String write(Object value, String indent) {
        var deeper = indent + "  ";
        return switch (value) {
            case null -> "null";
            case Map<?, ?> map when map.isEmpty() -> "{}";
            case Map<?, ?> map -> map.entrySet().stream().map(entry -> deeper + quote(entry.getKey().toString()) + ": "
                    + write(entry.getValue(), deeper)).collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
            case Iterable<?> list when !list.iterator().hasNext() -> "[]";
            case Iterable<?> list -> StreamSupport.stream(list.spliterator(), false).map(item -> deeper + write(item, deeper))
                    .collect(Collectors.joining(",\n", "[\n", "\n" + indent + "]"));
            // JSON has no name for what is no number.
            case Double number when !Double.isFinite(number) -> "null";
            case Float number when !Float.isFinite(number) -> "null";
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            default -> quote(value.toString());
        };
    }

    private static String quote(String text) {
        var quoted = new StringBuilder("\"");
        for (var c : text.toCharArray()) {
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> {
                    if (c < ' ') {
                        quoted.append(String.format("\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
