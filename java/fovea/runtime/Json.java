package fovea.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** JSON as maps, lists, texts, numbers (doubles, or longs where nothing is lost), truth values and null: both ways. */
public final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** For readers: a line for each entry. */
    public static String of(Object value) {
        return write(value, "");
    }

    /** Without any white space. */
    public static String compact(Object value) {
        return switch (value) {
            case Map<?, ?> map -> map.entrySet().stream().map(e -> quote(e.getKey().toString()) + ":" + compact(e.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
            case Iterable<?> list -> StreamSupport.stream(list.spliterator(), false).map(Json::compact)
                    .collect(Collectors.joining(",", "[", "]"));
            case null, default -> write(value, "");
        };
    }

    /** Reads a whole text; an {@link IllegalArgumentException} says where it is no JSON. */
    public static Object parse(String text) {
        var json = new Json(text);
        var value = json.value(0);
        json.blank();
        if (json.at < text.length()) {
            throw json.wrong("the end");
        }
        return value;
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

    // ---- reading -------------------------------------------------------------------------------------------------------------

    private IllegalArgumentException wrong(String expected) {
        var before = text.substring(0, Math.min(at, text.length()));
        var line = before.lines().count() + (before.isEmpty() || before.endsWith("\n") ? 1 : 0);
        return new IllegalArgumentException("JSON, line %d, column %d: expected %s, found %s".formatted(line,
                before.length() - before.lastIndexOf('\n'), expected, at < text.length() ? "'" + text.charAt(at) + "'" : "the end"));
    }

    private void blank() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(char c) {
        blank();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void need(char c) {
        if (!take(c)) {
            throw wrong("'" + c + "'");
        }
    }

    private Object value(int depth) {
        if (depth > 200) {
            throw wrong("no more than 200 levels");
        }
        blank();
        if (take('{')) {
            var map = new LinkedHashMap<String, Object>();
            for (var more = !take('}'); more; more = !take('}')) {
                if (!map.isEmpty()) {
                    need(',');
                }
                blank();
                var start = at;
                var key = string();
                need(':');
                if (map.putIfAbsent(key, value(depth + 1)) != null) {
                    at = start;
                    throw wrong("a name that is not there already");
                }
            }
            return map;
        }
        if (take('[')) {
            var list = new ArrayList<Object>();
            for (var more = !take(']'); more; more = !take(']')) {
                if (!list.isEmpty()) {
                    need(',');
                }
                list.add(value(depth + 1));
            }
            return list;
        }
        if (at < text.length() && text.charAt(at) == '"') {
            return string();
        }
        for (var word : WORDS.entrySet()) {
            if (text.startsWith(word.getKey(), at)) {
                at += word.getKey().length();
                return word.getValue().orElse(null);
            }
        }
        return number();
    }

    private static final Map<String, Optional<Boolean>> WORDS = Map.of("true", Optional.of(true), "false", Optional.of(false),
            "null", Optional.empty());
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private Object number() {
        var match = NUMBER.matcher(text).region(at, text.length());
        if (!match.lookingAt()) {
            throw wrong("a value");
        }
        at = match.end();
        if (match.group(2) == null && match.group(3) == null && match.group().length() < 19) {
            return Long.valueOf(match.group());
        }
        return Double.valueOf(match.group());
    }

    private String string() {
        if (at >= text.length() || text.charAt(at) != '"') {
            throw wrong("a text in quotes");
        }
        var string = new StringBuilder();
        for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
            var c = text.charAt(at);
            if (c < ' ') {
                throw wrong("no control character in a text");
            }
            string.append(c == '\\' ? escaped() : c);
        }
        if (at++ >= text.length()) {
            throw wrong("'\"'");
        }
        return string.toString();
    }

    private char escaped() {
        var c = ++at < text.length() ? text.charAt(at) : ' ';
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> {
                if (at + 4 >= text.length() || !text.substring(at + 1, at + 5).matches("[0-9a-fA-F]{4}")) {
                    throw wrong("four hexadecimal digits after \\u");
                }
                at += 4;
                yield (char) Integer.parseInt(text, at - 3, at + 1, 16);
            }
            default -> throw wrong("an escape that JSON knows");
        };
    }
}
