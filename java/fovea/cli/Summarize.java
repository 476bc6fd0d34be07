package fovea.cli;

import fovea.Shape;
import fovea.runtime.Json;
import fovea.zoo.Zoo;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code fovea summary lenet5}: layers, shapes, parameters and costs, without building anything. */
@Command(name = "summary", mixinStandardHelpOptions = true, description = "Shows the layers of a network with their shapes, parameters and "
        + "multiply-accumulates (MACs) for one sample.")
final class Summarize implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "<network>", description = "A built-in network, or a file of layers (.json, .yaml). Without: "
            + "all built-in networks, a line for each.")
    String network;

    @Option(names = "--input", split = ",", paramLabel = "<c,h,w>", description = "Shape of a sample. Default: what the network was made for.")
    List<Integer> input;

    @Option(names = "--classes", paramLabel = "<n>", description = "Number of classes. Default: what the network was made for.")
    Integer classes;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (classes != null && classes < 1) {
            throw new ParameterException(spec.commandLine(), "--classes is " + classes + "; give at least 1");
        }
        if (network == null) {
            list();
            return 0;
        }
        var found = Networks.find(network);
        var shape = input == null ? found.input() : Shape.of(input.stream().mapToLong(n -> n).toArray());
        var summary = found.layer(classes == null ? found.classes() : classes).summary(shape);
        if (!json) {
            spec.commandLine().getOut().println(summary);
            return 0;
        }
        var all = new LinkedHashMap<String, Object>();
        all.put("name", found.name());
        all.put("input", dims(summary.input()));
        all.put("output", dims(summary.output()));
        all.put("parameters", summary.parameters());
        all.put("buffers", summary.buffers());
        all.put("macs", summary.macs());
        all.put("activationBytes", summary.activationBytes());
        all.put("layers", summary.rows().stream().map(row -> {
            Map<String, Object> layer = new LinkedHashMap<>();
            layer.put("path", row.path());
            layer.put("layer", row.layer());
            layer.put("output", dims(row.out()));
            layer.put("parameters", row.parameters());
            layer.put("buffers", row.buffers());
            layer.put("macs", row.macs());
            layer.put("activationBytes", row.activationBytes());
            layer.put("fused", row.fused());
            return layer;
        }).toList());
        spec.commandLine().getOut().println(Json.of(all));
        return 0;
    }

    private void list() {
        if (json) {
            spec.commandLine().getOut().println(Json.of(Map.of("networks", Zoo.names())));
            return;
        }
        var width = Zoo.names().stream().mapToInt(String::length).max().orElse(0);
        for (var entry : Zoo.entries()) {
            spec.commandLine().getOut().println("%s  %,13d  %s".formatted(entry.name() + " ".repeat(width - entry.name().length()),
                    entry.layer().summary(entry.input()).parameters(), entry.about()));
        }
    }

    private static List<Long> dims(Shape shape) {
        return LongStream.of(shape.toArray()).boxed().toList();
    }
}
