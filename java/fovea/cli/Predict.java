package fovea.cli;

import fovea.Shape;
import fovea.runtime.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code fovea predict runs/lenet5 seven.png}. */
@Command(name = "predict", mixinStandardHelpOptions = true, description = "Says what is in pictures, with the best weights of a run.")
final class Predict implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "<folder>", description = "The folder of a run.")
    Path folder;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "<picture>", description = "Files (.png, .jpg, .bmp, .gif), or folders of them.")
    List<Path> pictures;

    @Option(names = "--top", defaultValue = "3", paramLabel = "<n>", description = "Classes to name for each. Default: ${DEFAULT-VALUE}.")
    int top;

    @Option(names = "--threads", paramLabel = "<n>", description = "Threads for arithmetic. Default: what the JVM may use.")
    Integer threads;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    boolean json;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (top < 1) {
            throw new ParameterException(spec.commandLine(), "--top is " + top + "; give at least 1");
        }
        var files = PictureFiles.find(pictures);
        try (var trained = Trained.open(folder, threads)) {
            var settings = trained.settings();
            var shape = Shape.of(settings.input().stream().mapToLong(n -> n).toArray());
            var predicted = trained.trainer().predict(new PictureFiles(files, shape, settings.classes()));
            var all = new ArrayList<Map<String, Object>>();
            for (var i = 0; i < files.size(); i++) {
                var row = predicted[i];
                var best = IntStream.range(0, row.length).boxed().sorted(Comparator.comparingDouble(c -> -row[c])).limit(top).toList();
                var line = new StringBuilder(files.get(i).toString());
                var classes = new ArrayList<Map<String, Object>>();
                for (var c : best) {
                    line.append("  %s %.1f %%".formatted(settings.classes().get(c), 100 * row[c]));
                    var entry = new LinkedHashMap<String, Object>();
                    entry.put("class", settings.classes().get(c));
                    entry.put("probability", row[c]);
                    classes.add(entry);
                }
                var entry = new LinkedHashMap<String, Object>();
                entry.put("file", files.get(i).toString());
                entry.put("classes", classes);
                all.add(entry);
                if (!json) {
                    spec.commandLine().getOut().println(line);
                }
            }
            if (json) {
                spec.commandLine().getOut().println(Json.of(Map.of("pictures", all)));
            }
        }
        return 0;
    }
}
