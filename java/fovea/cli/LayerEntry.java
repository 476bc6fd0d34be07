package fovea.cli;

import fovea.nn.Layer;
import fovea.nn.Layers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * One layer of a {@link LayerFile}: its name, what stands behind the name, and its options.
 *
 * @param value a number, a list of numbers or of layers, a word, or null where the name stands alone
 * @param options all of the object, the layer's name included
 * @param classes what the word {@code classes} stands for
 */
record LayerEntry(String name, Object value, Map<?, ?> options, int classes) {
    static Layer read(Object entry, int classes) {
        if (entry instanceof String name) {
            return LayerTable.layer(new LayerEntry(name, null, Map.of(), classes));
        }
        var map = map(entry);
        // The layer comes first; "name" is what it is called in parameter paths, wherever it stands.
        var name = map.keySet().stream().map(Object::toString).filter(key -> !key.equals("name")).findFirst().orElseThrow(
                () -> new IllegalArgumentException("an object without a layer's name"));
        var layer = LayerTable.layer(new LayerEntry(name, map.get(name), map, classes));
        return map.containsKey("name") ? Layers.named(map.get("name").toString(), layer) : layer;
    }

    static Layer chain(List<?> all, int classes) {
        var chain = new ArrayList<Layer>();
        for (var i = 0; i < all.size(); i++) {
            try {
                chain.add(read(all.get(i), classes));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer %d: %s".formatted(i, e.getMessage()), e);
            }
        }
        return Layers.sequential(chain);
    }

    /** Refuses options that the layer does not have. */
    void only(List<String> known) {
        var unknown = new TreeSet<>(options.keySet().stream().map(Object::toString).toList());
        known.forEach(unknown::remove);
        unknown.removeAll(List.of(name, "name"));
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("%s has no option %s; there are %s".formatted(name, String.join(", ", unknown),
                    known.isEmpty() ? "none but name" : String.join(", ", known) + ", name"));
        }
    }

    void withoutValue() {
        if (value != null && !Boolean.TRUE.equals(value)) {
            throw new IllegalArgumentException("%s takes no '%s'; write \"%s\", or {\"%s\": true} with options beside it".formatted(
                    name, value, name, name));
        }
    }

    // ---- layers ----------------------------------------------------------------------------------------------------------------

    /** The layers behind the name, one after the other. */
    Layer chain() {
        return chain(list(value, name), classes);
    }

    Layer chain(String option) {
        return chain(list(options.get(option), option), classes);
    }

    /** Each a list of layers. */
    List<Layer> branches() {
        return list(value, name).stream().map(branch -> chain(list(branch, name), classes)).toList();
    }

    Layer layer(String option) {
        if (!has(option)) {
            throw new IllegalArgumentException("%s needs %s: a layer".formatted(name, option));
        }
        return read(options.get(option), classes);
    }

    // ---- numbers and words -----------------------------------------------------------------------------------------------------

    boolean has(String option) {
        return options.containsKey(option);
    }

    boolean is(String option, String word) {
        return word.equals(options.get(option));
    }

    /** The whole numbers behind the name; there must be one. */
    int[] numbers() {
        return numbers(name, value, classes);
    }

    /** Those of an option. */
    int[] numbers(String option) {
        return numbers(name + ": " + option, options.get(option), classes);
    }

    /** The first of the whole numbers behind the name. */
    int number() {
        return numbers()[0];
    }

    /** Those behind the first; there must be one. */
    int[] rest() {
        var all = numbers();
        if (all.length < 2) {
            throw new IllegalArgumentException(
                    "%s needs a number of filters and the kernel's extents: \"%s\": [16, 3]".formatted(name, name));
        }
        return Arrays.copyOfRange(all, 1, all.length);
    }

    int number(String option, int usual) {
        return has(option) ? numbers(option)[0] : usual;
    }

    static int[] numbers(String what, Object value, int classes) {
        var all = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
        if (all.isEmpty()) {
            throw new IllegalArgumentException(what + " needs a number");
        }
        return all.stream().mapToInt(n -> switch (n) {
            case Long whole -> Math.toIntExact(whole);
            case Integer whole -> whole;
            case String word when word.equals("classes") && classes > 0 -> classes;
            case null, default -> throw new IllegalArgumentException("%s: '%s' is no whole number".formatted(what, n));
        }).toArray();
    }

    /** The numbers behind the name; there must be two. */
    float[] decimals() {
        if (!(value instanceof List<?> list) || list.size() != 2) {
            throw new IllegalArgumentException("%s needs two numbers: \"%s\": [0.1, 0.3]".formatted(name, name));
        }
        return new float[] {decimal(list.get(0), name), decimal(list.get(1), name)};
    }

    /** The number behind the name. */
    float decimal(double usual) {
        return value == null ? (float) usual : decimal(value, name);
    }

    float decimal(String option, double usual) {
        return has(option) ? decimal(options.get(option), name + ": " + option) : (float) usual;
    }

    private static float decimal(Object value, String what) {
        if (value instanceof Number number) {
            return number.floatValue();
        }
        throw new IllegalArgumentException("%s: '%s' is no number".formatted(what, value));
    }

    boolean flag(String option, boolean usual) {
        if (!has(option)) {
            return usual;
        }
        if (options.get(option) instanceof Boolean yes) {
            return yes;
        }
        throw new IllegalArgumentException("%s: %s is '%s'; give true or false".formatted(name, option, options.get(option)));
    }

    /** One of an enum's words, in small letters. */
    <E extends Enum<E>> E choice(String option, E usual) {
        if (!has(option)) {
            return usual;
        }
        var words = usual.getDeclaringClass().getEnumConstants();
        for (var word : words) {
            if (word.name().toLowerCase(Locale.ROOT).equals(options.get(option))) {
                return word;
            }
        }
        throw new IllegalArgumentException("%s: %s is '%s'; there are %s".formatted(name, option, options.get(option),
                Arrays.toString(words).toLowerCase(Locale.ROOT)));
    }

    String word() {
        if (value instanceof String word) {
            return word;
        }
        throw new IllegalArgumentException("%s needs a name, got '%s'".formatted(name, value));
    }

    static List<?> list(Object value, String name) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new IllegalArgumentException("'%s' is %s; a list of layers is expected".formatted(name, value == null ? "missing" : value));
    }

    static Map<?, ?> map(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException(
                "'%s' is no object with names; {\"input\": [1, 28, 28], \"layers\": [...]} is expected".formatted(value));
    }
}
