package peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the contenders in turn, each in a process of its own, and prints medians, spreads, peak memory and ratios. */
@Command(name = "compare", mixinStandardHelpOptions = true, description = "Fovea beside libtorch and DJL: the same networks, weights, batches "
        + "and threads. First the results of a few steps are compared, then the contenders are timed in turn.")
final class Compare implements Callable<Integer> {
    private static final List<String> ALL = List.of("lenet5:train:64", "cifarvgg:train:128", "alexnet:train:32", "vgg16:train:8",
            "googlenet:train:16", "resnet18:train:16", "resnet50:train:8", "lenet5:infer:1", "resnet50:infer:1");

    /** A contender with settings; several of one library, since it is its best that counts. */
    private record Entry(String label, String contender, boolean channelsLast) {
    }

    private static final List<Entry> ENTRIES = List.of(new Entry("Fovea", "fovea", false), new Entry("libtorch", "libtorch", false),
            new Entry("libtorch channels last", "libtorch", true), new Entry("DJL", "djl", false));

    /** What one process found, or found in one turn. */
    private record Result(String version, long peak, double[] figures) {
        double rate() {
            return figures[0];
        }

        static Result of(String line) {
            var parts = line.split("\\|");
            return new Result(parts[0], Long.parseLong(parts[1]),
                    Arrays.stream(parts[2].split(" ")).mapToDouble(Double::parseDouble).toArray());
        }
    }

    @Parameters(arity = "0..*", paramLabel = "<workload>", description = "<network>:train|infer:<batch>. Default: those that bench/README.md "
            + "speaks of.")
    List<String> workloads = ALL;

    @Option(names = "--rounds", defaultValue = "10", paramLabel = "<n>", description = "Times that every contender comes round. Default: "
            + "${DEFAULT-VALUE}.")
    int rounds;

    @Option(names = "--seconds", defaultValue = "1", paramLabel = "<n>", description = "Measured time of each turn. Default: "
            + "${DEFAULT-VALUE}.")
    double seconds;

    @Option(names = "--threads", paramLabel = "<n>", description = "Default: what the JVM may use.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--no-check", description = "Leave out the comparison of results.")
    boolean unchecked;

    @Option(names = "--recompute", description = "Fovea makes what batch norms give anew in backward: less memory, more time.")
    boolean recompute;

    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        System.exit(new CommandLine(new Compare()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var wrong = 0;
        for (var workload : workloads) {
            wrong += unchecked ? 0 : check(workload);
            time(workload);
        }
        return wrong == 0 ? 0 : 1;
    }

    /**
     * The first loss, or logit, must agree to 1e-4 of itself. Later losses are behind updates that amplify rounding: 2 % tells the same
     * computation from another. A small batch is enough.
     */
    private int check(String workload) throws IOException, InterruptedException {
        var fields = workload.split(":");
        var small = fields[0] + ":" + fields[1] + ":" + Math.min(8, Integer.parseInt(fields[2]));
        double[] ours = null;
        var wrong = 0;
        for (var entry : ENTRIES) {
            var theirs = run(entry, small).figures;
            if (ours == null) {
                ours = theirs;
            }
            var same = true;
            for (var i = 0; i < ours.length; i++) {
                same &= Math.abs(ours[i] - theirs[i]) <= (i == 0 ? 1e-4 : 2e-2) * Math.max(Math.abs(ours[0]), Math.abs(ours[i]));
            }
            if (!same) {
                System.out.println("%s: %s computes %s and Fovea %s".formatted(small, entry.label, Arrays.toString(theirs),
                        Arrays.toString(ours)));
                wrong = 1;
            }
        }
        if (wrong == 0) {
            System.out.println("%s: all compute the same: %s".formatted(small, Arrays.stream(ours).mapToObj("%.5f"::formatted)
                    .collect(Collectors.joining(", "))));
        }
        return wrong;
    }

    /** All processes stay alive and take turns: on a machine that others share, only neighbouring moments can be compared. */
    private void time(String workload) throws IOException, InterruptedException {
        var processes = new LinkedHashMap<Entry, Process>();
        var results = new LinkedHashMap<Entry, List<Result>>();
        try {
            for (var entry : ENTRIES) {
                processes.put(entry, start(entry, workload, "turns"));
                results.put(entry, new ArrayList<>());
                turn(entry, workload, processes.get(entry), 2 * Math.max(seconds, 1));
            }
            for (var round = 0; round < rounds; round++) {
                for (var entry : ENTRIES) {
                    results.get(entry).add(turn(entry, workload, processes.get(entry), seconds));
                }
            }
        } finally {
            processes.values().forEach(Process::destroy);
        }
        var ours = results.get(ENTRIES.getFirst());
        System.out.println("%n%s, %d threads, %d rounds in turn%n%-24s %12s %23s %9s %8s".formatted(workload, threads, rounds, "",
                "images/s", "lowest to highest", "peak MB", "Fovea is"));
        results.forEach((entry, list) -> {
            var all = list.stream().mapToDouble(Result::rate).sorted().toArray();
            System.out.println("%-24s %12.2f %11.2f%12.2f %9d %7.2fx  %s".formatted(entry.label, median(all), all[0], all[all.length - 1],
                    peak(list), ratio(ours, list), list.getFirst().version));
        });
        var best = results.entrySet().stream().skip(1)
                .min(Comparator.comparingDouble((Map.Entry<Entry, List<Result>> e) -> ratio(ours, e.getValue()))).orElseThrow();
        System.out.println("Fovea is %.2f times as fast as the best of the others, %s, with %.0f %% of its memory%n".formatted(
                ratio(ours, best.getValue()), best.getKey().label, 100.0 * peak(ours) / peak(best.getValue())));
    }

    /** The median over the rounds. */
    private static double ratio(List<Result> ours, List<Result> theirs) {
        return median(IntStream.range(0, ours.size()).mapToDouble(i -> ours.get(i).rate() / theirs.get(i).rate()).sorted().toArray());
    }

    private static double median(double[] sorted) {
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static long peak(List<Result> results) {
        return results.stream().mapToLong(Result::peak).max().orElse(-1);
    }

    private static Result turn(Entry entry, String workload, Process process, double time) throws IOException {
        var orders = process.outputWriter();
        orders.write(time + "\n");
        orders.flush();
        var line = process.inputReader().readLine();
        if (line == null) {
            throw failed(entry, workload);
        }
        return Result.of(line);
    }

    private Result run(Entry entry, String workload) throws IOException, InterruptedException {
        var process = start(entry, workload, "results");
        var lines = process.inputReader().lines().toList();
        if (process.waitFor() != 0 || lines.isEmpty()) {
            throw failed(entry, workload);
        }
        return Result.of(lines.getLast());
    }

    private static IOException failed(Entry entry, String workload) {
        return new IOException("%s failed at %s; its last words are in %s".formatted(entry.label, workload, errors()));
    }

    private Process start(Entry entry, String workload, String what) throws IOException {
        var command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java"), "--enable-native-access=ALL-UNNAMED",
                "-Xmx3g", "-cp", System.getProperty("java.class.path"), "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                // Their best settings: no pauses for collections, one thread pool, no telemetry, no downloads.
                "-Dorg.bytedeco.javacpp.maxBytes=0", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-Dorg.bytedeco.openblas.load=mkl",
                "-Dai.djl.pytorch.num_threads=" + threads, "-Dai.djl.pytorch.num_interop_threads=1", "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true", "-Dfovea.recompute=" + recompute, Measure.class.getName(), entry.contender, workload,
                Integer.toString(threads), Boolean.toString(entry.channelsLast), what));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.to(errors()));
        var environment = builder.environment();
        environment.putAll(Map.of("MKL_THREADING_LAYER", "GNU", "OMP_NUM_THREADS", Integer.toString(threads)));
        if (!entry.contender.equals("fovea")) {
            // Memory that is freed and mapped anew in every step costs them 10 to 20 %.
            environment.put("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=1000000000000:"
                    + "glibc.malloc.top_pad=67108864:glibc.malloc.arena_max=1");
        }
        return builder.start();
    }

    private static java.io.File errors() {
        return new java.io.File("target/errors.log");
    }
}
