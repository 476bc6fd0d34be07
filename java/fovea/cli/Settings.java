package fovea.cli;

import fovea.data.Normalise;
import fovea.runtime.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code fovea train} was asked for, kept in its folder as {@code run.json}: with it a run is resumed, and its weights are used.
 *
 * @param input shape of one image
 * @param classes their names
 */
record Settings(String network, String data, int epochs, int batch, double rate, long seed, int threads, List<Long> input,
        List<String> classes, float[] mean, float[] deviation) {
    static final String FILE = "run.json";

    void write(Path folder) throws IOException {
        var all = new LinkedHashMap<String, Object>();
        all.put("network", network);
        all.put("data", data);
        all.put("epochs", epochs);
        all.put("batch", batch);
        all.put("rate", rate);
        all.put("seed", seed);
        all.put("threads", threads);
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
            return new Settings((String) all.get("network"), (String) all.get("data"), number(all, "epochs").intValue(),
                    number(all, "batch").intValue(), number(all, "rate").doubleValue(), number(all, "seed").longValue(),
                    number(all, "threads").intValue(), ((List<?>) all.get("input")).stream().map(n -> (Long) n).toList(),
                    ((List<?>) all.get("classes")).stream().map(n -> (String) n).toList(), floats(all, "mean"), floats(all, "deviation"));
        } catch (ClassCastException | NullPointerException | IllegalArgumentException e) {
            throw new IllegalArgumentException("%s is damaged: %s".formatted(path, e.getMessage()), e);
        }
    }

    Normalise normalise() {
        return new Normalise(mean, deviation);
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
