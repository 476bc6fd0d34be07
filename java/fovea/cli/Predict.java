package fovea.cli;

import fovea.data.PictureFiles;
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

    @Option(names = "--skip-broken", description = "Leave pictures out that cannot be decoded, and say so, instead of ending with an error.")
    boolean skipBroken;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    boolean json;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (top < 1) {
            throw new ParameterException(spec.commandLine(), "--top is " + top + "; give at least 1");
        }
        try (var trained = Trained.open(folder, threads)) {
            var settings = trained.settings();
            var input = settings.input();
            if (input.size() != 3 || input.getFirst() != 1 && input.getFirst() != 3) {
                throw new IllegalArgumentException("pictures have 1 or 3 channels, height and width, and the run in %s was trained with %s"
                        .formatted(folder, input));
            }
            var options = PictureFiles.options(input.get(0).intValue(), input.get(1).intValue(), input.get(2).intValue());
            var files = PictureFiles.unlabelled(pictures, settings.classes(), options.skipBroken(skipBroken));
            Data.tell(files, spec.commandLine().getErr());
            var predicted = trained.trainer().predict(files);
            var all = new ArrayList<Map<String, Object>>();
            for (var i = 0; i < files.size(); i++) {
                var row = predicted[i];
                var best = IntStream.range(0, row.length).boxed().sorted(Comparator.comparingDouble(c -> -row[c])).limit(top).toList();
                var line = new StringBuilder(files.file(i).toString());
                var classes = new ArrayList<Map<String, Object>>();
                for (var c : best) {
                    line.append("  %s %.1f %%".formatted(settings.classes().get(c), 100 * row[c]));
                    var entry = new LinkedHashMap<String, Object>();
                    entry.put("class", settings.classes().get(c));
                    entry.put("probability", row[c]);
                    classes.add(entry);
                }
                var entry = new LinkedHashMap<String, Object>();
                entry.put("file", files.file(i).toString());
                entry.put("classes", classes);
                all.add(entry);
                if (!json) {
                    spec.commandLine().getOut().println(line);
                }
            }
            if (json) {
                var facts = new LinkedHashMap<String, Object>();
                facts.put("pictures", all);
                facts.put("skipped", files.skipped().size());
                spec.commandLine().getOut().println(Json.of(facts));
            }
        }
        return 0;
    }
}
