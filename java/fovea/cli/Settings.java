package fovea.cli;

import fovea.Precision;
import fovea.Shape;
import fovea.data.Augmentation;
import fovea.data.Loader;
import fovea.data.Normalise;
import fovea.data.Resize;
import fovea.runtime.Json;
import fovea.zoo.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What {@code fovea train} was asked for, kept in its folder as {@code run.json}: with it a run is resumed, and its weights are used.
 *
 * @param size of the square that images are scaled to at first; 0 for the size they have
 * @param input shape of one image of the data
 * @param classes their names
 */
record Settings(String network, String recipe, int size, String data, int epochs, int batch, double rate, long seed, int threads,
        Precision precision, List<Long> input, List<String> classes, float[] mean, float[] deviation) {
    static final String FILE = "run.json";
    private static final int SMALL = 4096;

    void write(Path folder) throws IOException {
        var all = new LinkedHashMap<String, Object>();
        all.put("network", network);
        all.put("recipe", recipe);
        all.put("size", size);
        all.put("data", data);
        all.put("epochs", epochs);
        all.put("batch", batch);
        all.put("rate", rate);
        all.put("seed", seed);
        all.put("threads", threads);
        all.put("precision", precision.toString());
        all.put("input", input);
        all.put("classes", classes);
        all.put("mean", doubles(mean));
        all.put("deviation", doubles(deviation));
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(FILE), Json.of(all) + "\n");
    }

    static Settings read(Path folder) throws IOException {
        var path = folder.resolve(FILE);
        if (!Files.exists(path)) {
            throw new IllegalArgumentException("%s is no folder of a run: it has no %s; give the folder that fovea train printed".formatted(
                    folder, FILE));
        }
        try {
            var all = (Map<?, ?>) Json.parse(Files.readString(path));
            return new Settings((String) all.get("network"), (String) all.get("recipe"), number(all, "size").intValue(),
                    (String) all.get("data"), number(all, "epochs").intValue(),
                    number(all, "batch").intValue(), number(all, "rate").doubleValue(), number(all, "seed").longValue(),
                    number(all, "threads").intValue(), precision(all), ((List<?>) all.get("input")).stream().map(n -> (Long) n).toList(),
                    ((List<?>) all.get("classes")).stream().map(n -> (String) n).toList(), floats(all, "mean"), floats(all, "deviation"));
        } catch (ClassCastException | NullPointerException | IllegalArgumentException e) {
            throw new IllegalArgumentException("%s is damaged: %s".formatted(path, e.getMessage()), e);
        }
    }

    Networks found() throws IOException {
        return Networks.find(network, recipe);
    }

    /** The shape that the network gets. */
    Shape prepared(Recipe how) {
        var image = Shape.of(input.stream().mapToLong(n -> n).toArray());
        return how.prepared(size == 0 ? image : new Resize(size, size).outputShape(image));
    }

    /** Fails where the recipe cannot take images of the data, and says which data it can take. */
    void check(Networks found) {
        var image = Shape.of(input.stream().mapToLong(n -> n).toArray());
        try {
            prepared(found.recipe());
            for (var steps : List.of(training(found.recipe()), judging(found.recipe()))) {
                var shape = image;
                for (var step : steps.augmentations()) {
                    shape = step.outputShape(shape);
                }
            }
        } catch (IllegalArgumentException e) {
            var cifar = found.input().equals(Shape.of(3, 32, 32));
            throw new IllegalArgumentException(
                    "recipe %s of %s is for images %s, and those of %s are %s: %s; %s".formatted(recipe, found.name(),
                            found.input(), data, image, e.getMessage(),
                            cifar ? "give --data cifar10, which fovea fetch cifar10 gets, or another recipe"
                                    : "give --data folder:<path> with pictures in colour, or another recipe"),
                    e);
        }
    }

    Loader.Options training(Recipe how) {
        var options = Loader.options(batch).seed(seed).shuffle(true).augment(sized(how.training(new Normalise(mean, deviation))));
        // To hand such a batch from thread to thread takes longer than to prepare it.
        return batch * input.stream().reduce(1L, Math::multiplyExact) < SMALL ? options.workers(0) : options;
    }

    Loader.Options judging(Recipe how) {
        return Loader.options(batch).augment(sized(how.judging(new Normalise(mean, deviation))));
    }

    private Augmentation[] sized(Augmentation... steps) {
        return size == 0 ? steps
                : Stream.concat(Stream.of(new Resize(size, size)), Stream.of(steps)).toArray(Augmentation[]::new);
    }

    /** Runs made before there was a choice have none. */
    private static Precision precision(Map<?, ?> all) {
        return all.get("precision") instanceof String name ? Precision.of(name) : Precision.F32;
    }

    private static Number number(Map<?, ?> all, String name) {
        if (all.get(name) instanceof Number number) {
            return number;
        }
        throw new IllegalArgumentException("'" + name + "' is no number");
    }

    private static List<Double> doubles(float[] numbers) {
        var all = new ArrayList<Double>();
        for (var number : numbers) {
            all.add((double) number);
        }
        return all;
    }

    private static float[] floats(Map<?, ?> all, String name) {
        var list = (List<?>) all.get(name);
        var numbers = new float[list.size()];
        for (var i = 0; i < numbers.length; i++) {
            numbers[i] = ((Number) list.get(i)).floatValue();
        }
        return numbers;
    }
}
