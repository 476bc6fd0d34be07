package fovea.cli;

import fovea.Mode;
import fovea.Profile;
import fovea.Session;
import fovea.Shape;
import fovea.runtime.Cpus;
import fovea.runtime.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code fovea bench lenet5}: how fast training steps are on this machine. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Measures training steps of a network on random images: forward, "
        + "backward and optimizer.")
final class Bench implements Callable<Integer> {
    @Parameters(paramLabel = "<network>", description = "A built-in network, or a file of layers (.json, .yaml).")
    String network;

    @Option(names = "--batch", paramLabel = "<n>", description = "Images of a step. Default: that of the network's recipe.")
    Integer batch;

    @Option(names = "--threads", paramLabel = "<n>", description = "Threads for arithmetic. Default: what the JVM may use.")
    Integer threads;

    @Option(names = "--seconds", defaultValue = "3", paramLabel = "<n>", description = "Time to measure for. Default: ${DEFAULT-VALUE}.")
    double seconds;

    @Option(names = "--profile", arity = "0..1", fallbackValue = "trace.json", paramLabel = "<file>", description = "Also show the share of "
            + "time of every op, and write it as a trace for chrome://tracing or ui.perfetto.dev. Default of the file: trace.json.")
    Path profile;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    boolean json;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!(seconds > 0 && seconds <= 600)) {
            throw new ParameterException(spec.commandLine(), "--seconds is " + seconds + "; give a number up to 600");
        }
        if (batch != null && batch < 1) {
            throw new ParameterException(spec.commandLine(), "--batch is " + batch + "; give at least 1");
        }
        var found = Networks.find(network);
        var n = batch == null ? found.recipe().batch() : batch;
        try (var session = Session.open(Session.options().threads(threads == null ? Cpus.threads() : threads))) {
            var model = found.layer(found.classes()).build(session, found.input(), 42);
            var optimizer = found.recipe().optimizer().of(model, 1e-4);
            var random = new Random(1);
            var shape = Shape.of(n).concat(found.input());
            var pixels = new float[Math.toIntExact(shape.elements())];
            for (var i = 0; i < pixels.length; i++) {
                pixels[i] = (float) random.nextGaussian();
            }
            var labels = random.ints(n, 0, found.classes()).toArray();
            Runnable one = () -> {
                try (var step = session.step(Mode.TRAIN)) {
                    var loss = model.forward(step.of(shape, pixels)).crossEntropy(step.ofInts(Shape.of(n), labels));
                    step.backward(loss);
                    optimizer.step();
                }
            };
            var times = measure(one, seconds / 4);
            times = measure(one, seconds);
            List<Profile.Row> rows = List.of();
            if (profile != null) {
                session.profiling(true);
                measure(one, Math.min(seconds, 1));
                rows = session.profile(Mode.TRAIN);
                session.profiling(false);
                Files.writeString(profile, Json.compact(trace(rows)));
            }
            report(session, found.name(), n, times, rows);
        }
        return 0;
    }

    /** Milliseconds of every step, sorted; at least three. */
    private static double[] measure(Runnable step, double seconds) {
        var times = new ArrayList<Double>();
        var end = System.nanoTime() + (long) (seconds * 1e9);
        while (times.size() < 3 || System.nanoTime() < end) {
            var before = System.nanoTime();
            step.run();
            times.add((System.nanoTime() - before) / 1e6);
        }
        return times.stream().mapToDouble(t -> t).sorted().toArray();
    }

    private void report(Session session, String name, int n, double[] times, List<Profile.Row> rows) {
        var median = times[times.length / 2];
        var facts = new LinkedHashMap<String, Object>();
        facts.put("network", name);
        facts.put("batch", n);
        facts.put("threads", session.threads());
        facts.put("instructionSet", session.isa());
        facts.put("steps", times.length);
        facts.put("imagesPerSecond", n / median * 1000);
        facts.put("msPerStep", median);
        facts.put("msPerStepBest", times[0]);
        facts.put("msPerStepMean", Arrays.stream(times).average().orElseThrow());
        facts.put("memoryHeldBytes", session.memory().held());
        var out = spec.commandLine().getOut();
        if (json) {
            if (profile != null) {
                facts.put("ops", rows.stream().map(Bench::facts).toList());
                facts.put("trace", profile.toString());
            }
            out.println(Json.of(facts));
            return;
        }
        out.println("%s, batch %d, %d threads, %s: %,.0f images/s, %.3f ms a step (median of %d; best %.3f), %s".formatted(
                name, n, session.threads(), session.isa(), n / median * 1000, median, times.length, times[0], session.memory()));
        if (profile != null) {
            table(out, rows);
            out.println("trace: " + profile.toAbsolutePath().normalize());
        }
    }

    private static Map<String, Object> facts(Profile.Row row) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("path", row.path());
        facts.put("op", row.op());
        facts.put("implementation", row.implementation());
        facts.put("runs", row.runs());
        facts.put("forwardNanos", row.forwardNanos());
        facts.put("backwardNanos", row.backwardNanos());
        return facts;
    }

    private static void table(PrintWriter out, List<Profile.Row> rows) {
        var total = rows.stream().mapToLong(r -> r.forwardNanos() + r.backwardNanos()).sum();
        out.println("%7s %11s %11s  %-16s %-28s %s".formatted("share", "forward us", "backward us", "path", "implementation", "op"));
        rows.stream().sorted(Comparator.comparingLong((Profile.Row r) -> r.forwardNanos() + r.backwardNanos()).reversed()).forEach(r -> {
            var runs = Math.max(1, r.runs()) * 1000.0;
            out.println(
                    "%6.1f%% %11.1f %11.1f  %-16s %-28s %s".formatted(100.0 * (r.forwardNanos() + r.backwardNanos()) / Math.max(1, total),
                            r.forwardNanos() / runs, r.backwardNanos() / runs, r.path(), r.implementation(), r.op()));
        });
    }

    /** A mean step as Chrome's trace events: forward from the first op to the last, then backward the other way. */
    static Map<String, Object> trace(List<Profile.Row> rows) {
        var events = new ArrayList<Map<String, Object>>();
        var at = 0.0;
        for (var r : rows) {
            at = event(events, r, "forward", r.forwardNanos(), at);
        }
        for (var r : rows.reversed()) {
            at = event(events, r, "backward", r.backwardNanos(), at);
        }
        return Map.of("traceEvents", events, "displayTimeUnit", "ms");
    }

    private static double event(List<Map<String, Object>> events, Profile.Row row, String pass, long nanos, double at) {
        var micros = nanos / 1000.0 / Math.max(1, row.runs());
        var event = new LinkedHashMap<String, Object>();
        event.put("name", row.path().isEmpty() ? row.op() : row.path());
        event.put("cat", pass);
        event.put("ph", "X");
        event.put("ts", at);
        event.put("dur", micros);
        event.put("pid", 1);
        event.put("tid", 1);
        event.put("args", Map.of("op", row.op(), "implementation", row.implementation(), "pass", pass));
        events.add(event);
        return at + micros;
    }
}
