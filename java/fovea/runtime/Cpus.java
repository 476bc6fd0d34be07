package fovea.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How many threads a session may use when it is not told. */
public final class Cpus {
    /** Sets the default thread budget of every session. */
    public static final String PROPERTY = "fovea.threads";

    private Cpus() {
    }

    /**
     * The thread budget of a session that does not name one: {@code -Dfovea.threads}, else what the JVM sees, so that affinity and
     * cgroup quotas hold (the JVM rounds a fractional quota up).
     */
    public static int threads() {
        return threads(System.getProperty(PROPERTY), Runtime.getRuntime().availableProcessors());
    }

    static int threads(String property, int available) {
        if (property == null || property.isBlank()) {
            return available;
        }
        try {
            var threads = Integer.parseInt(property.strip());
            if (threads > 0) {
                return threads;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message
        }
        throw new IllegalArgumentException("-D" + PROPERTY + "=" + property
                + " is no thread count: give a whole number from 1, or leave it out for "
                + available + ", which is what this JVM may use");
    }

    /**
     * A limit on CPU time that the system puts on this process.
     *
     * @param cpus CPU seconds per second
     * @param source the file that says so
     */
    public record Quota(double cpus, Path source) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.2f CPUs (%s)", cpus, source);
        }
    }

    /** The tightest cgroup quota around this process, version 2 or 1; empty where there is none or no cgroups. */
    public static Optional<Quota> quota() {
        return quota(Path.of("/proc/self/cgroup"), Path.of("/sys/fs/cgroup"));
    }

    static Optional<Quota> quota(Path membership, Path mount) {
        var quotas = new ArrayList<Quota>();
        for (var group : Cgroup.folders("cpu", membership, mount)) {
            var v2 = Cgroup.lines(group.resolve("cpu.max"));
            if (!v2.isEmpty()) {
                var words = v2.getFirst().split("\\s+");
                add(quotas, words[0], words.length > 1 ? words[1] : "100000", group.resolve("cpu.max"));
            }
            add(quotas, Cgroup.word(group.resolve("cpu.cfs_quota_us")), Cgroup.word(group.resolve("cpu.cfs_period_us")),
                    group.resolve("cpu.cfs_quota_us"));
        }
        return quotas.stream().min(Comparator.comparingDouble(Quota::cpus));
    }

    private static void add(List<Quota> quotas, String quota, String period, Path source) {
        try {
            var cpus = Double.parseDouble(quota) / Double.parseDouble(period);
            if (cpus > 0 && Double.isFinite(cpus)) {
                quotas.add(new Quota(cpus, source));
            }
        } catch (NumberFormatException e) {
            // "max", or no such file: no limit in this group
        }
    }
}
