package fovea.cli;

import fovea.runtime.Json;
import fovea.train.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea evaluate runs/lenet5}. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, description = "Says how good the best weights of a run are.")
final class Evaluate implements Callable<Integer> {
    @Parameters(paramLabel = "<folder>", description = "The folder of a run.")
    Path folder;

    @Option(names = "--data", paramLabel = "<data>", description = Data.WORDS + " Its test part is used. Default: that of the run.")
    String data;

    @Option(names = "--threads", paramLabel = "<n>", description = "Threads for arithmetic. Default: what the JVM may use.")
    Integer threads;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    boolean json;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        try (var trained = Trained.open(folder, threads)) {
            var test = Data.open(data == null ? trained.settings().data() : data).test();
            Data.tell(test, spec.commandLine().getErr());
            var judged = trained.trainer().evaluate(test);
            if (json) {
                spec.commandLine().getOut().println(Json.of(facts(judged)));
            } else {
                spec.commandLine().getOut().println(judged.samples() + " images: " + judged);
                for (var c = 0; c < judged.classes(); c++) {
                    spec.commandLine().getOut().println("%-20s precision %.4f  recall %.4f  F1 %.4f".formatted(
                            test.classes().get(c), judged.precision(c), judged.recall(c), judged.f1(c)));
                }
            }
        }
        return 0;
    }

    static Map<String, Object> facts(Evaluation judged) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("samples", judged.samples());
        facts.put("loss", judged.loss());
        facts.put("accuracy", judged.accuracy());
        facts.put("top5Accuracy", judged.top5Accuracy());
        facts.put("macroF1", judged.macroF1());
        facts.put("rocAuc", judged.rocAuc());
        facts.put("calibrationError", judged.calibrationError());
        List<List<Long>> confusion = new ArrayList<>();
        for (var row : judged.confusion()) {
            confusion.add(Arrays.stream(row).boxed().toList());
        }
        facts.put("confusion", confusion);
        return facts;
    }
}
