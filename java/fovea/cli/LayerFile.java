package fovea.cli;

import fovea.Shape;
import fovea.nn.Convolution;
import fovea.nn.Layer;
import fovea.nn.Layers;
import fovea.nn.Pooling;
import fovea.runtime.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * A network in a small file: {@code {"input": [1, 28, 28], "layers": ["relu", {"conv2d": [16, 5], "padding": 2}, {"dense": "classes"}]}}.
 * A layer is a name, or a name with its number or numbers and its options beside it. The word {@code classes} stands for their number.
 */
record LayerFile(Shape input, List<?> layers, Path path) {
    static LayerFile read(Path path) throws IOException {
        var text = Files.readString(path);
        try {
            var file = map(path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".json") ? Json.parse(text) : Yaml.parse(text));
            only(file, "the file", "input", "layers", "name");
            var input = numbers(file.get("input"), "input", 0);
            return new LayerFile(Shape.of(Arrays.stream(input).asLongStream().toArray()), list(file.get("layers"), "layers"), path);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    Layer layer(int classes) {
        try {
            return chain(layers, classes);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    private static Layer chain(List<?> all, int classes) {
        var chain = new ArrayList<Layer>();
        for (var i = 0; i < all.size(); i++) {
            try {
                chain.add(one(all.get(i), classes));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer %d: %s".formatted(i, e.getMessage()), e);
            }
        }
        return Layers.sequential(chain);
    }

    private static Layer one(Object value, int classes) {
        if (value instanceof String name) {
            return layer(name, null, Map.of(), classes);
        }
        var entry = map(value);
        if (entry.isEmpty()) {
            throw new IllegalArgumentException("an object without a layer's name");
        }
        var name = entry.keySet().iterator().next().toString();
        return layer(name, entry.get(name), entry, classes);
    }

    private static Layer layer(String name, Object value, Map<?, ?> entry, int classes) {
        return switch (name) {
            case "conv2d" -> {
                var n = numbers(value, name, classes);
                only(entry, name, name, "stride", "padding", "groups", "bias");
                yield options(Layers.conv2d(first(n, name), rest(n)), entry, classes);
            }
            case "depthwiseConv2d" -> {
                only(entry, name, name, "stride", "padding", "bias");
                yield options(Layers.depthwiseConv2d(numbers(value, name, classes)), entry, classes);
            }
            case "maxPool2d" -> pool(Layers.maxPool2d(numbers(value, name, classes)), entry, name, classes);
            case "avgPool2d" -> pool(Layers.avgPool2d(numbers(value, name, classes)), entry, name, classes);
            case "dense" -> {
                only(entry, name, name);
                yield Layers.dense(first(numbers(value, name, classes), name));
            }
            case "sequential" -> chain(list(value, name), classes);
            case "residual" -> entry.containsKey("shortcut")
                    ? Layers.residual(chain(list(value, name), classes), chain(list(entry.get("shortcut"), "shortcut"), classes))
                    : Layers.residual(chain(list(value, name), classes));
            case "parallel" -> Layers.parallel(list(value, name).stream().map(b -> chain(list(b, name), classes)).toArray(Layer[]::new));
            case "batchNorm" -> Layers.batchNorm();
            case "globalAvgPool" -> Layers.globalAvgPool();
            case "globalMaxPool" -> Layers.globalMaxPool();
            case "flatten" -> Layers.flatten();
            case "relu" -> Layers.relu();
            case "tanh" -> Layers.tanh();
            case "sigmoid" -> Layers.sigmoid();
            default -> throw new IllegalArgumentException("no layer is called '%s'; there are %s".formatted(name, NAMES));
        };
    }

    private static final String NAMES = "avgPool2d, batchNorm, conv2d, dense, depthwiseConv2d, flatten, globalAvgPool, globalMaxPool,"
            + " maxPool2d, parallel, relu, residual, sequential, sigmoid, tanh";

    private static Layer options(Convolution layer, Map<?, ?> entry, int classes) {
        var conv = layer;
        if (entry.containsKey("stride")) {
            conv = conv.stride(numbers(entry.get("stride"), "stride", classes));
        }
        if (entry.containsKey("padding")) {
            conv = "same".equals(entry.get("padding")) ? conv.same() : conv.padding(numbers(entry.get("padding"), "padding", classes));
        }
        if (entry.containsKey("groups")) {
            conv = conv.groups(first(numbers(entry.get("groups"), "groups", classes), "groups"));
        }
        return entry.get("bias") instanceof Boolean bias ? conv.bias(bias) : conv;
    }

    private static Layer pool(Pooling layer, Map<?, ?> entry, String name, int classes) {
        only(entry, name, name, "stride", "padding");
        var pool = layer;
        if (entry.containsKey("stride")) {
            pool = pool.stride(numbers(entry.get("stride"), "stride", classes));
        }
        return entry.containsKey("padding") ? pool.padding(numbers(entry.get("padding"), "padding", classes)) : pool;
    }

    // ---- what is in the file -------------------------------------------------------------------------------------------------

    private static int first(int[] numbers, String name) {
        if (numbers.length == 0) {
            throw new IllegalArgumentException(name + " needs a number");
        }
        return numbers[0];
    }

    private static int[] rest(int[] numbers) {
        return Arrays.copyOfRange(numbers, 1, numbers.length);
    }

    private static int[] numbers(Object value, String name, int classes) {
        var all = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
        return all.stream().mapToInt(n -> switch (n) {
            case Long whole -> Math.toIntExact(whole);
            case Integer whole -> whole;
            case String word when word.equals("classes") && classes > 0 -> classes;
            case null, default -> throw new IllegalArgumentException("%s: '%s' is no whole number".formatted(name, n));
        }).toArray();
    }

    private static List<?> list(Object value, String name) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new IllegalArgumentException("'%s' is %s; a list of layers is expected".formatted(name, value == null ? "missing" : value));
    }

    private static Map<?, ?> map(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException(
                "'%s' is no object with names; {\"input\": [1, 28, 28], \"layers\": [...]} is expected".formatted(value));
    }

    private static void only(Map<?, ?> entry, String where, String... known) {
        var unknown = new TreeSet<>(entry.keySet().stream().map(Object::toString).toList());
        List.of(known).forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("%s has no option %s; there are %s".formatted(where, unknown, List.of(known)));
        }
    }
}
