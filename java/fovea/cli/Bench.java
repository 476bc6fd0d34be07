package fovea.cli;

import fovea.Mode;
import fovea.Precision;
import fovea.Session;
import fovea.Shape;
import fovea.nn.Checkpointed;
import fovea.nn.Layer;
import fovea.nn.Sequential;
import fovea.runtime.Cpus;
import fovea.runtime.Hardware;
import fovea.runtime.InstructionSets;
import fovea.runtime.Json;
import fovea.runtime.Peak;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code fovea bench lenet5}: how fast training steps, or passes of a trained network, are on this machine. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Measures training steps of a network on random images: forward, "
        + "backward and optimizer; with --infer, passes without them.")
final class Bench implements Callable<Integer> {
    @Parameters(paramLabel = "<network>", description = "A built-in network, or a file of layers (.json, .yaml).")
    String network;

    @Option(names = "--batch", paramLabel = "<n>", description = "Images of a step. Default: that of the network's recipe.")
    Integer batch;

    @Option(names = "--threads", paramLabel = "<n>", description = "Threads for arithmetic. Default: what the JVM may use.")
    Integer threads;

    @Option(names = "--infer", description = "Measure predictions instead of training steps.")
    boolean infer;

    @Option(names = "--scaling", description = "Also show what 1, 2, 4, ... threads reach, taking turns.")
    boolean scaling;

    @Option(names = "--precision", defaultValue = "f32", paramLabel = "<name>", description = "f32, or bf16 where the CPU has instructions "
            + "for it. Default: ${DEFAULT-VALUE}.")
    String precision;

    @Option(names = "--seconds", defaultValue = "3", paramLabel = "<n>", description = "Time to measure for. Default: ${DEFAULT-VALUE}.")
    double seconds;

    @Option(names = "--checkpoints", paramLabel = "<n>", description = "Cut the network into n parts whose inner results are given up and "
            + "computed again in backward: less memory, more time. Default: none.")
    Integer checkpoints;

    @Option(names = "--recompute", description = "Give up what batch norms give, and make it anew in backward: less memory, more time.")
    boolean recompute;

    @Option(names = "--profile", arity = "0..1", fallbackValue = "profile.html", paramLabel = "<file>", description = "Also show the time, "
            + "GFLOP/s and GB/s of every op, and write them as a page with a picture; as a trace for chrome://tracing or ui.perfetto.dev "
            + "if the name ends with .json. Default of the file: profile.html.")
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
        var options = Session.options().threads(threads == null ? Cpus.threads() : threads).precision(Precision.of(precision))
                .recompute(recompute || Session.options().recompute());
        try (var session = Session.open(options)) {
            var model = checkpointed(found.layer(found.classes()), found.input()).build(session, found.input(), 42);
            var optimizer = found.recipe().optimizer().of(model, 1e-4);
            var random = new Random(1);
            var shape = Shape.of(n).concat(found.input());
            var pixels = new float[Math.toIntExact(shape.elements())];
            for (var i = 0; i < pixels.length; i++) {
                pixels[i] = (float) random.nextGaussian();
            }
            var labels = random.ints(n, 0, found.classes()).toArray();
            var mode = infer ? Mode.EVAL : Mode.TRAIN;
            Runnable one = () -> {
                try (var step = session.step(mode)) {
                    var scores = model.forward(step.of(shape, pixels));
                    if (!infer) {
                        optimizer.backward(step, scores.crossEntropy(step.ofInts(Shape.of(n), labels)));
                    }
                }
            };
            measure(one, seconds / 4);
            var times = measure(one, seconds);
            var rates = scaling ? Scaling.measure(session, one, seconds) : null;
            Profiled profiled = null;
            if (profile != null) {
                var peak = Peak.measure(InstructionSets.id(session.isa()), session.threads(), Hardware.here(), Math.min(seconds, 1));
                session.profiling(true);
                measure(one, Math.min(seconds, 1));
                profiled = new Profiled("A %s of %s, batch %d, %d threads, %s".formatted(infer ? "pass" : "training step", found.name(), n,
                        session.threads(), session.isa()), session.profile(mode), peak);
                session.profiling(false);
                Files.writeString(profile, profile.toString().endsWith(".json") ? Json.compact(profiled.trace()) : profiled.page());
            }
            report(session, found.name(), n, times, rates, profiled);
        }
        return 0;
    }

    private Layer checkpointed(Layer layer, Shape input) {
        if (checkpoints == null) {
            return layer;
        }
        if (!(layer instanceof Sequential chain)) {
            throw new ParameterException(spec.commandLine(), "--checkpoints: " + network + " is no chain of layers that could be cut");
        }
        try {
            return Checkpointed.parts(chain, input, checkpoints);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    /** Milliseconds of every step, sorted; at least three. */
    static double[] measure(Runnable step, double seconds) {
        var times = new ArrayList<Double>();
        var end = System.nanoTime() + (long) (seconds * 1e9);
        while (times.size() < 3 || System.nanoTime() < end) {
            var before = System.nanoTime();
            step.run();
            times.add((System.nanoTime() - before) / 1e6);
        }
        return times.stream().mapToDouble(t -> t).sorted().toArray();
    }

    private void report(Session session, String name, int n, double[] times, Scaling rates, Profiled profiled) {
        var median = times[times.length / 2];
        var facts = new LinkedHashMap<String, Object>();
        facts.put("network", name);
        facts.put("mode", infer ? "infer" : "train");
        facts.put("batch", n);
        facts.put("threads", session.threads());
        facts.put("instructionSet", session.isa());
        facts.put("precision", session.precision().toString());
        facts.put("steps", times.length);
        facts.put("imagesPerSecond", n / median * 1000);
        facts.put("msPerStep", median);
        facts.put("msPerStepBest", times[0]);
        facts.put("msPerStepMean", Arrays.stream(times).average().orElseThrow());
        facts.put("memoryHeldBytes", session.memory().held());
        var out = spec.commandLine().getOut();
        if (json) {
            if (scaling) {
                facts.put("scaling", rates.facts(n));
            }
            if (profile != null) {
                facts.put("peakGflops", profiled.peak().f32());
                facts.put("ops", profiled.facts());
                facts.put("profile", profile.toString());
            }
            out.println(Json.of(facts));
            return;
        }
        out.println("%s, %sbatch %d, %d threads, %s, %s: %,.0f images/s, %.3f ms a step (median of %d; best %.3f), %s".formatted(
                name, infer ? "predictions, " : "", n, session.threads(), session.isa(), session.precision(), n / median * 1000, median,
                times.length, times[0], session.memory()));
        if (scaling) {
            out.print(rates.text(n));
        }
        if (profile != null) {
            out.print(profiled.text());
            out.println("profile: " + profile.toAbsolutePath().normalize());
        }
        out.flush();
    }
}
