package fovea.support;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real control group with a CPU quota, for child JVMs. Takes root and cgroups of version 1; elsewhere the test is skipped. */
public final class CpuQuota implements AutoCloseable {
    private final Path folder = Path.of("/sys/fs/cgroup/cpu/fovea-test-" + ProcessHandle.current().pid());

    /** @param cpus CPU seconds per second */
    public CpuQuota(double cpus) throws IOException {
        try {
            Files.createDirectory(folder);
        } catch (IOException e) {
            var reason = "creating a cgroup takes root and version 1: " + e.getMessage();
            System.out.println("skipped: " + reason);
            abort(reason);
        }
        Files.writeString(folder.resolve("cpu.cfs_period_us"), "100000");
        Files.writeString(file(), String.valueOf(Math.round(100_000 * cpus)));
    }

    /** Where the system keeps the quota. */
    public Path file() {
        return folder.resolve("cpu.cfs_quota_us");
    }

    /** As {@link ChildJvm#run}, inside the group. */
    public ChildJvm.Result run(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(
                List.of("sh", "-c", "echo $$ > " + folder.resolve("cgroup.procs") + " && exec \"$0\" \"$@\"", ChildJvm.java()));
        command.addAll(arguments);
        return ChildJvm.execute(command).await();
    }

    @Override
    public void close() throws IOException {
        Files.delete(folder);
    }
}
