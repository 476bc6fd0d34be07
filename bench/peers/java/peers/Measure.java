package peers;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import peers.Contender.Workload;

/** One contender, one workload, one process: {@code Measure <contender> <workload> <threads> <channels last> <seconds>}; 0 seconds compare. */
final class Measure {
    private static final int STRETCHES = 5, COMPARED = 4;

    private Measure() {
    }

    public static void main(String[] args) throws IOException {
        var out = System.out;
        System.setOut(System.err);  // libraries print; the last line of standard output is ours
        var seconds = Double.parseDouble(args[4]);
        var workload = Workload.of(args[1], Integer.parseInt(args[2]), Boolean.parseBoolean(args[3]), seconds == 0);
        var contender = Contender.byName(args[0]);
        var run = contender.open(workload);
        var figures = seconds == 0 ? results(run) : rates(run, workload.batch(), seconds);
        print(out, contender.version(), figures);
        Runtime.getRuntime().halt(0);  // how a library shuts down is not measured
    }

    private static double[] results(Contender.Run run) {
        var results = new double[COMPARED];
        for (var i = 0; i < COMPARED; i++) {
            results[i] = run.step();
        }
        return results;
    }

    /** Images per second in each of some stretches of time, after as long a warm-up. */
    private static double[] rates(Contender.Run run, int batch, double seconds) {
        stretch(run, Math.max(seconds / 2, 1), 3);
        var rates = new double[STRETCHES];
        for (var i = 0; i < STRETCHES; i++) {
            rates[i] = batch * stretch(run, seconds / STRETCHES, 1);
        }
        return rates;
    }

    /** Steps per second. */
    private static double stretch(Contender.Run run, double seconds, int least) {
        var start = System.nanoTime();
        var steps = 0;
        do {
            run.step();
            steps++;
        } while (steps < least || System.nanoTime() - start < seconds * 1e9);
        return steps * 1e9 / (System.nanoTime() - start);
    }

    private static void print(PrintStream out, String version, double[] figures) throws IOException {
        out.println("%s|%d|%s".formatted(version, peakMegabytes(),
                Arrays.stream(figures).mapToObj(f -> String.format(Locale.ROOT, "%.9g", f)).collect(Collectors.joining(" "))));
    }

    /** The most memory that this process has had, in 2^20 bytes; -1 where the system does not tell. */
    private static long peakMegabytes() throws IOException {
        var status = Path.of("/proc/self/status");
        return !Files.exists(status) ? -1 : Files.readAllLines(status).stream().filter(l -> l.startsWith("VmHWM:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) / 1024).findFirst().orElse(-1);
    }
}
