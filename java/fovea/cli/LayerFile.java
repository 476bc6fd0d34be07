package fovea.cli;

import fovea.Shape;
import fovea.nn.Layer;
import fovea.runtime.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A network in a small file: {@code {"input": [1, 28, 28], "layers": ["relu", {"conv2d": [16, 5], "padding": 2}, {"dense": "classes"}]}}.
 * A layer is a name, or a name with its number or numbers and its options beside it; {@link LayerTable} has the names. The word
 * {@code classes} stands for the number of classes, which is that of the data, and elsewhere that of the file or 10.
 */
record LayerFile(Shape input, int classes, List<?> layers, Path path) {
    private static final int USUAL_CLASSES = 10;

    static LayerFile read(Path path) throws IOException {
        var text = Files.readString(path);
        try {
            var file = LayerEntry.map(
                    path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".json") ? Json.parse(text) : Yaml.parse(text));
            for (var key : file.keySet()) {
                if (!Set.of("input", "layers", "classes", "name").contains(key.toString())) {
                    throw new IllegalArgumentException("the file has '%s'; it may have input, layers, classes and name".formatted(key));
                }
            }
            var input = LayerEntry.numbers("input", file.get("input"), 0);
            var classes = file.containsKey("classes") ? LayerEntry.numbers("classes", file.get("classes"), 0)[0] : USUAL_CLASSES;
            if (classes < 1) {
                throw new IllegalArgumentException("classes is %d; it must be at least 1".formatted(classes));
            }
            return new LayerFile(Shape.of(Arrays.stream(input).asLongStream().toArray()), classes,
                    LayerEntry.list(file.get("layers"), "layers"), path);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    Layer layer(int number) {
        try {
            return LayerEntry.chain(layers, number);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }
}
