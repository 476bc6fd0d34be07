package fovea.zoo;

import fovea.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is published about a network: {@code networks/<name>.txt}, lines of a word and what it stands for, separated by blanks.
 *
 * <pre>
 * # where the figures are from
 * parameters  61,100,840          trained numbers
 * input       3 224 224           of one sample
 * output      1000
 * overfit     3 63 63             input of the test that overfits; the published one where this is left out
 * classes     10                  of that test; 4 where this is left out
 * with        recipe              that test trains as the recipe says; with Adam where this is left out
 * features.0  64 55 55            what comes out of the layer at this path; layers with parameters must all be there
 * </pre>
 */
record Published(String name, long parameters, Shape input, Shape output, Shape overfit, int classes, boolean withRecipe,
        Map<String, Shape> layers) {
    static final Path FOLDER = Path.of("tests/fovea/zoo/networks");

    static Published of(String name) {
        try {
            var words = new LinkedHashMap<String, String>();
            for (var line : Files.readAllLines(FOLDER.resolve(name + ".txt"))) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    var parts = line.strip().split("\\s+", 2);
                    if (words.put(parts[0], parts[1]) != null) {
                        throw new IllegalArgumentException(name + ".txt names " + parts[0] + " twice");
                    }
                }
            }
            var parameters = Long.parseLong(words.remove("parameters").replace(",", ""));
            var input = shape(words.remove("input"));
            var output = shape(words.remove("output"));
            var overfit = words.remove("overfit");
            var classes = words.remove("classes");
            var with = words.remove("with");
            var layers = new LinkedHashMap<String, Shape>();
            words.forEach((path, shape) -> layers.put(path, shape(shape)));
            return new Published(name, parameters, input, output, overfit == null ? input : shape(overfit),
                    classes == null ? 4 : Integer.parseInt(classes), "recipe".equals(with), layers);
        } catch (IOException e) {
            throw new UncheckedIOException(name + " is in the zoo, but nothing says what is published about it: ", e);
        }
    }

    /** The names of all files. */
    static Stream<String> names() throws IOException {
        return Files.list(FOLDER).map(path -> path.getFileName().toString()).filter(file -> file.endsWith(".txt")).map(
                file -> file.substring(0, file.length() - 4)).sorted();
    }

    private static Shape shape(String text) {
        return Shape.of(Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray());
    }
}
