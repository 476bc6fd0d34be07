package fovea.runtime;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the operating system tells of the machine; what it keeps to itself is empty.
 *
 * @param cpu the processor's name
 * @param l2 bytes of the second-level cache of one core
 * @param l3 bytes of the third-level cache
 * @param hugePages the mode of transparent huge pages: {@code always}, {@code madvise} or {@code never}
 * @param memory bytes that this process may take: what is available, or the limit of its control group
 * @param load the average number of busy threads on the machine in the last minute
 */
public record Hardware(Optional<String> cpu, Optional<Long> l2, Optional<Long> l3, Optional<String> hugePages, Optional<Long> memory,
        Optional<Double> load) {
    public static Hardware here() {
        return of(Path.of("/"));
    }

    static Hardware of(Path root) {
        var cpuinfo = Cgroup.lines(root.resolve("proc/cpuinfo")).stream();
        var cpu = cpuinfo.filter(line -> line.startsWith("model name")).map(line -> line.substring(line.indexOf(':')
                + 1).strip()).findFirst()
                .or(() -> Optional.ofNullable(System.getenv("PROCESSOR_IDENTIFIER")));
        var modes = String.join("", Cgroup.lines(root.resolve("sys/kernel/mm/transparent_hugepage/enabled")));
        var chosen = modes.contains("[") ? Optional.of(modes.substring(modes.indexOf('[') + 1, modes.indexOf(']')))
                : Optional.<String>empty();
        var load = Optional.of(Cgroup.word(root.resolve("proc/loadavg"))).filter(word -> !word.isEmpty()).map(Double::valueOf);
        return new Hardware(cpu, cache(root, 2), cache(root, 3), chosen, memory(root), load);
    }

    /** {@code index*} are the caches of the first CPU: {@code level} 1 to 4, {@code size} such as 1024K. */
    private static Optional<Long> cache(Path root, int level) {
        for (var i = 0; i < 8; i++) {
            var index = root.resolve("sys/devices/system/cpu/cpu0/cache/index" + i);
            var size = Cgroup.word(index.resolve("size"));
            if (Cgroup.word(index.resolve("level")).equals(String.valueOf(level)) && size.matches("\\d+[KMG]")) {
                var unit = size.endsWith("K") ? 10 : size.endsWith("M") ? 20 : 30;
                return Optional.of(Long.parseLong(size.substring(0, size.length() - 1)) << unit);
            }
        }
        return Optional.empty();
    }

    private static Optional<Long> memory(Path root) {
        var available = Cgroup.lines(root.resolve("proc/meminfo")).stream().filter(line -> line.startsWith("MemAvailable:"))
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).findFirst();
        var free = available.orElse(Long.MAX_VALUE);
        for (var group : Cgroup.folders("memory", root.resolve("proc/self/cgroup"), root.resolve("sys/fs/cgroup"))) {
            free = Math.min(free, limit(group.resolve("memory.max")));
            free = Math.min(free, limit(group.resolve("memory.limit_in_bytes")));
        }
        return free == Long.MAX_VALUE ? Optional.empty() : Optional.of(free);
    }

    private static long limit(Path file) {
        try {
            return Long.parseLong(Cgroup.word(file));
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;  // "max", or no such file
        }
    }
}
