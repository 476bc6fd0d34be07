package fovea.bindings;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a C header declares, as far as the language of fovea.h goes: prototypes, structs, type names, enums and integer macros.
 * Anything else is refused, never passed over, so that nothing in the header escapes the comparison with the bindings.
 */
record CHeader(Map<String, Function> functions, Map<String, Struct> structs, Map<String, String> types, Map<String, Long> constants) {

    /** A parameter or a field; {@code count} is 0 unless it is an array. */
    record Variable(String type, String name, int count) {
        @Override
        public String toString() {
            return type + " " + name + (count == 0 ? "" : "[" + count + "]");
        }
    }

    record Function(String returns, String name, List<Variable> parameters) {
        @Override
        public String toString() {
            return returns + " " + name + "(" + String.join(", ", parameters.stream().map(Variable::toString).toList()) + ")";
        }
    }

    record Struct(String name, List<Variable> fields) {
        @Override
        public String toString() {
            return "struct " + name + " {" + String.join("; ", fields.stream().map(Variable::toString).toList()) + "}";
        }
    }

    static CHeader of(String text) {
        return new Reader().read(text);
    }

    private static final class Reader {
        private static final Pattern STRUCT = Pattern.compile("(typedef )?struct (\\w+) \\{(.*)\\} ?(\\w*)");
        private static final Pattern OPAQUE = Pattern.compile("(?:typedef )?struct (\\w+) ?(\\w*)");
        private static final Pattern ENUM = Pattern.compile("(typedef )?enum ?(\\w*) ?\\{(.*)\\} ?(\\w*)");
        private static final Pattern ALIAS = Pattern.compile("typedef ([\\w *]+[ *])(\\w+)");
        private static final Pattern FUNCTION = Pattern.compile("([\\w *]+[ *])(\\w+) ?\\(([^()]*)\\)");
        private static final Pattern VARIABLE = Pattern.compile("([\\w *]+[ *])(\\w+) ?(?:\\[(\\w*)\\])?");
        private static final Pattern DEFINE = Pattern.compile("#\\s*define\\s+(\\w+)(\\(?)(.*)");

        private final Map<String, Function> functions = new TreeMap<>();
        private final Map<String, Struct> structs = new TreeMap<>();
        private final Map<String, String> types = new TreeMap<>();
        private final Map<String, Long> constants = new TreeMap<>();
        /** Macros that stand for no number: attributes of declarations, which C's type system does not see. */
        private final Map<String, String> attributes = new LinkedHashMap<>();

        CHeader read(String text) {
            var code = text.replaceAll("(?s)/\\*.*?\\*/", " ").replaceAll("//[^\n]*", "").replace("\\\n", " ");
            for (var declaration : declarations(preprocessed(code))) {
                read(declaration, declaration.startsWith("typedef"));
            }
            return new CHeader(functions, structs, types, constants);
        }

        private void read(String text, boolean typedef) {
            Matcher m;
            if ((m = STRUCT.matcher(text)).matches()) {
                require(typedef ? m.group(2).equals(m.group(4)) : m.group(4).isEmpty(), "a struct has one name: `%s`", text);
                put(structs, m.group(2), new Struct(m.group(2), fields(m.group(3))));
            } else if ((m = OPAQUE.matcher(text)).matches()) {
                require(m.group(2).isEmpty() || m.group(1).equals(m.group(2)), "a struct has one name: `%s`", text);
            } else if ((m = ENUM.matcher(text)).matches()) {
                readEnumerators(m.group(3));
                if (typedef) {
                    put(types, m.group(4), "enum");
                }
            } else if (typedef && (m = ALIAS.matcher(text)).matches()) {
                put(types, m.group(2), normal(m.group(1)));
            } else if ((m = FUNCTION.matcher(text)).matches()) {
                put(functions, m.group(2), new Function(normal(m.group(1)), m.group(2), parameters(m.group(3))));
            } else {
                throw new IllegalArgumentException("cannot read `" + text + "` as a prototype, a struct, an enum or a type name");
            }
        }

        /** Keeps what a C compiler sees, and takes the macros out of it. Of other conditions every branch is read. */
        private String preprocessed(String code) {
            var kept = new StringBuilder();
            var conditions = new ArrayDeque<String>();
            for (var line : code.lines().map(String::strip).toList()) {
                var directive = line.startsWith("#") ? line.substring(1).strip() : "";
                if (directive.startsWith("if")) {
                    conditions.push(!directive.contains("__cplusplus") ? "any" : directive.startsWith("ifndef") ? "c" : "c++");
                } else if (directive.startsWith("el")) {
                    var before = conditions.pop();
                    conditions.push(before.equals("any") ? "any" : before.equals("c") ? "c++" : "c");
                } else if (directive.startsWith("endif")) {
                    conditions.pop();
                } else if (!conditions.contains("c++")) {
                    if (directive.startsWith("define")) {
                        define(line);
                    } else if (directive.isEmpty()) {
                        kept.append(line).append(' ');
                    }
                }
            }
            return kept.toString();
        }

        private void define(String line) {
            var m = DEFINE.matcher(line);
            require(m.matches(), "cannot read `%s`", line);
            var value = m.group(3).strip();
            if (m.group(2).isEmpty() && value.matches("[-(]*[0-9].*|\\(?FOV_\\w+.*")) {
                put(constants, m.group(1), number(value));
            } else {
                attributes.put(m.group(1), value);
            }
        }

        private List<String> declarations(String code) {
            var all = new ArrayList<String>();
            int depth = 0;
            int start = 0;
            for (int i = 0; i < code.length(); i++) {
                depth += switch (code.charAt(i)) {
                    case '{', '(' -> 1;
                    case '}', ')' -> -1;
                    default -> 0;
                };
                if (code.charAt(i) == ';' && depth == 0) {
                    all.add(withoutAttributes(code.substring(start, i)));
                    start = i + 1;
                }
            }
            require(withoutAttributes(code.substring(start)).isEmpty(), "`%s` does not end", code.substring(start).strip());
            return all;
        }

        private String withoutAttributes(String text) {
            var words = text.replaceAll("\\s+", " ").strip();
            for (var name : attributes.keySet()) {
                words = words.replaceAll("\\b" + name + "\\b ?", "");
            }
            return words.replaceAll("^extern ", "");
        }

        private void readEnumerators(String body) {
            long next = 0;
            for (var enumerator : body.split(",")) {
                if (!enumerator.isBlank()) {
                    var sides = enumerator.split("=", 2);
                    next = sides.length == 2 ? number(sides[1]) : next;
                    put(constants, sides[0].strip(), next++);
                }
            }
        }

        private List<Variable> fields(String body) {
            var all = new ArrayList<Variable>();
            for (var declaration : body.split(";")) {
                if (!declaration.isBlank()) {
                    var declarators = declaration.strip().split(",");
                    all.add(variable(declarators[0]));
                    // In `int32_t a, *b` the star belongs to b alone.
                    var base = all.getLast().type().replace("*", "");
                    for (int i = 1; i < declarators.length; i++) {
                        all.add(variable(base + " " + declarators[i]));
                    }
                }
            }
            return List.copyOf(all);
        }

        private List<Variable> parameters(String list) {
            if (list.isBlank() || list.strip().equals("void")) {
                return List.of();
            }
            var all = new ArrayList<Variable>();
            for (var parameter : list.split(",")) {
                var v = variable(parameter);
                // An array parameter is a pointer.
                all.add(parameter.contains("[") ? new Variable(normal(v.type() + " *"), v.name(), 0) : v);
            }
            return List.copyOf(all);
        }

        private Variable variable(String text) {
            var m = VARIABLE.matcher(text.strip());
            require(m.matches(), "cannot read `%s`: a type and a name are needed", text.strip());
            var count = m.group(3) == null || m.group(3).isEmpty() ? 0 : Math.toIntExact(number(m.group(3)));
            return new Variable(normal(m.group(1)), m.group(2), count);
        }

        /** The same type always in the same words. */
        private static String normal(String type) {
            return type.replace("*", " * ").replaceAll("\\bbool\\b", "_Bool").replaceAll("\\bstruct\\b|\\benum\\b", "").strip()
                    .replaceAll("\\s+", " ");
        }

        private long number(String expression) {
            var text = expression.strip();
            if (text.matches("\\(.*\\)")) {
                return number(text.substring(1, text.length() - 1));
            }
            for (var operator : List.of("|", "<<")) {
                int at = text.lastIndexOf(operator);
                if (at > 0) {
                    long left = number(text.substring(0, at));
                    long right = number(text.substring(at + operator.length()));
                    return operator.equals("|") ? left | right : left << right;
                }
            }
            if (constants.containsKey(text)) {
                return constants.get(text);
            }
            try {
                return Long.decode(text.replaceAll("[uUlL]+$", ""));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("`" + text + "` is no integer; bindings hold integer constants only", e);
            }
        }

        private static <T> void put(Map<String, T> map, String name, T value) {
            var other = map.putIfAbsent(name, value);
            require(other == null || other.equals(value), "%s is declared twice: `%s` and `%s`", name, other, value);
        }

        private static void require(boolean holds, String message, Object... arguments) {
            if (!holds) {
                throw new IllegalArgumentException(message.formatted(arguments));
            }
        }
    }
}
