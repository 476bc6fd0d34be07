package peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import peers.Contender.Workload;

/**
 * One contender, one workload, one process: {@code Measure <contender> <workload> <threads> <channels last> results|turns}. Turns: every
 * line of the standard input is a number of seconds to run for, and is answered; in between the process rests.
 */
final class Measure {
    private static final int COMPARED = 4;

    private Measure() {
    }

    public static void main(String[] args) throws IOException {
        var out = System.out;
        System.setOut(System.err);  // libraries print; the last line of standard output is ours
        var compares = args[4].equals("results");
        var workload = Workload.of(args[1], Integer.parseInt(args[2]), Boolean.parseBoolean(args[3]), compares);
        var contender = Contender.byName(args[0]);
        var run = contender.open(workload);
        if (compares) {
            print(out, contender.version(), results(run));
        } else {
            var turns = new BufferedReader(new InputStreamReader(System.in));
            for (var line = turns.readLine(); line != null; line = turns.readLine()) {
                print(out, contender.version(), workload.batch() * stepsPerSecond(run, Double.parseDouble(line)));
            }
        }
        Runtime.getRuntime().halt(0);  // how a library shuts down is not measured
    }

    private static double[] results(Contender.Run run) {
        var results = new double[COMPARED];
        for (var i = 0; i < COMPARED; i++) {
            results[i] = run.step();
        }
        return results;
    }

    private static double stepsPerSecond(Contender.Run run, double seconds) {
        var start = System.nanoTime();
        var steps = 0;
        do {
            run.step();
            steps++;
        } while (System.nanoTime() - start < seconds * 1e9);
        return steps * 1e9 / (System.nanoTime() - start);
    }

    private static void print(PrintStream out, String version, double... figures) throws IOException {
        out.println("%s|%d|%s".formatted(version, peakMegabytes(),
                Arrays.stream(figures).mapToObj(f -> String.format(Locale.ROOT, "%.9g", f)).collect(Collectors.joining(" "))));
        out.flush();
    }

    /** The most memory that this process has had, in 2^20 bytes; -1 where the system does not tell. */
    private static long peakMegabytes() throws IOException {
        var status = Path.of("/proc/self/status");
        return !Files.exists(status) ? -1 : Files.readAllLines(status).stream().filter(l -> l.startsWith("VmHWM:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) / 1024).findFirst().orElse(-1);
    }
}
