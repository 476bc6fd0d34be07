package fovea.train;

import fovea.Shape;
import fovea.data.Loader;
import fovea.nn.Array;
import fovea.nn.Model;
import fovea.optim.Optimizer;
import fovea.optim.Plateau;
import fovea.optim.WeightAverage;
import fovea.runtime.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A run in a file: with it, another process goes on as if nothing had happened, to the same bits. The file is a safetensors file in
 * which the model's own tensors have their own names, so it serves as a file of weights too.
 */
public final class Checkpoint {
    private static final String TRAINING = "fovea.training";
    private static final String OPTIMIZER = "optimizer/";
    private static final String AVERAGE = "average/";

    private Checkpoint() {
    }

    /** The weights and running statistics of the model in a checkpoint, or in any other safetensors file. */
    public static SequencedMap<String, Array> weights(Path path) throws IOException {
        return weights(TensorFile.read(path));
    }

    private static SequencedMap<String, Array> weights(TensorFile file) {
        return part(file.arrays(), "");
    }

    static SequencedMap<String, Array> part(SequencedMap<String, Array> arrays, String prefix) {
        var part = new LinkedHashMap<String, Array>();
        arrays.forEach((name, array) -> {
            var own = !name.startsWith(OPTIMIZER) && !name.startsWith(AVERAGE);
            if (prefix.isEmpty() ? own : name.startsWith(prefix)) {
                part.put(name.substring(prefix.length()), array);
            }
        });
        return part;
    }

    /** Weights alone, with some words about them. */
    static void writeWeights(Path path, Model model, Map<String, String> texts) throws IOException {
        TensorFile.write(path, texts, TensorFile.arrays(model.state()));
    }

    static void write(Path path, Run run, Model model, Optimizer optimizer, Plateau plateau, WeightAverage average,
            Loader.Position position)
            throws IOException {
        var arrays = TensorFile.arrays(model.state());
        var state = optimizer.state();
        state.arrays().forEach((name, elements) -> arrays.put(OPTIMIZER + name, new Array(Shape.of(elements.length), elements)));
        var training = new LinkedHashMap<String, Object>();
        training.put("run", run.json());
        training.put("position", List.of(position.epoch(), position.batch(), position.seed(), position.batchSize(), position.images()));
        training.put("seed", model.session().configuration().seed());
        training.put("draws", model.session().randomPosition());
        training.put("optimizer", state.optimizer());
        training.put("numbers", exact(state.numbers()));
        if (plateau != null) {
            training.put("plateau", exact(plateau.state()));
        }
        if (average != null) {
            TensorFile.arrays(average.averages()).forEach((name, array) -> arrays.put(AVERAGE + name, array));
            training.put("averaged", average.updates());
        }
        TensorFile.write(path, Map.of(TRAINING, Json.compact(training)), arrays);
    }

    /** Every bit of a double, NaN and infinity included. */
    static SequencedMap<String, String> exact(Map<String, Double> numbers) {
        var texts = new LinkedHashMap<String, String>();
        numbers.forEach((name, number) -> texts.put(name, Double.toHexString(number)));
        return texts;
    }

    static SequencedMap<String, Double> numbers(Object texts) {
        var numbers = new LinkedHashMap<String, Double>();
        ((Map<?, ?>) texts).forEach((name, text) -> numbers.put((String) name, Double.valueOf((String) text)));
        return numbers;
    }

    /** What {@link #read} found beside what it has put into its place. */
    record Found(Run run, Loader.Position position) {
    }

    /** Puts everything in its place. A checkpoint of another run is refused with the difference. */
    static Found read(Path path, Model model, Optimizer optimizer, Plateau plateau, WeightAverage average) throws IOException {
        var file = TensorFile.read(path);
        var text = file.texts().get(TRAINING);
        if (text == null) {
            throw new IOException(path + " holds weights but no training to go on with; give a file last.safetensors of a run");
        }
        var training = (Map<?, ?>) Json.parse(text);
        var seed = (Long) training.get("seed");
        if (seed != model.session().configuration().seed()) {
            throw new IllegalArgumentException(
                    "%s is of a session with seed %d, and this one has %d; open it with Session.options().seed(%d)"
                            .formatted(path, seed, model.session().configuration().seed(), seed));
        }
        same(path, "plateau", training.containsKey("plateau"), plateau != null);
        same(path, "weight average", training.containsKey("averaged"), average != null);
        model.load(weights(file));
        var arrays = new LinkedHashMap<String, float[]>();
        part(file.arrays(), OPTIMIZER).forEach((name, array) -> arrays.put(name, array.elements()));
        optimizer.load(new Optimizer.State((String) training.get("optimizer"), arrays, numbers(training.get("numbers"))));
        if (plateau != null) {
            plateau.load(numbers(training.get("plateau")));
        }
        if (average != null) {
            var averages = new LinkedHashMap<String, float[]>();
            part(file.arrays(), AVERAGE).forEach((name, array) -> averages.put(name, array.elements()));
            average.load(averages, (Long) training.get("averaged"));
        }
        model.session().randomPosition((Long) training.get("draws"));
        var p = ((List<?>) training.get("position")).stream().mapToLong(n -> (Long) n).toArray();
        return new Found(Run.of((Map<?, ?>) training.get("run")), new Loader.Position(p[0], (int) p[1], p[2], (int) p[3], (int) p[4]));
    }

    private static void same(Path path, String what, boolean there, boolean here) {
        if (there != here) {
            throw new IllegalArgumentException("%s was written %s a %s, and this run is %s one; give the same options".formatted(
                    path, there ? "with" : "without", what, here ? "with" : "without"));
        }
    }
}
