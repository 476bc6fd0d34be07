package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.support.CpuQuota;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpusTest {
    @TempDir
    Path temp;

    @Test
    void thePropertyOverridesWhatTheJvmSees() {
        assertEquals(6, Cpus.threads(null, 6));
        assertEquals(6, Cpus.threads(" ", 6));
        assertEquals(3, Cpus.threads("3", 6));
        assertEquals(12, Cpus.threads(" 12 ", 6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "two", "1.5", "99999999999"})
    void refusesWhatIsNoThreadCount(String property) {
        var message = assertThrows(IllegalArgumentException.class, () -> Cpus.threads(property, 6)).getMessage();
        assertTrue(message.contains("-Dfovea.threads=" + property) && message.contains("whole number from 1") && message.contains("6"),
                message);
    }

    @Test
    void theTightestGroupAroundUsDecidesInVersion2() throws IOException {
        var mount = temp.resolve("cgroup");
        file("cgroup/cpu.max", "max 100000");
        file("cgroup/a/cpu.max", "150000 100000");
        file("cgroup/a/b/cpu.max", "400000 100000");
        assertEquals(Optional.of(new Cpus.Quota(1.5, mount.resolve("a/cpu.max"))), Cpus.quota(file("self", "0::/a/b\n"), mount));
        assertEquals(Optional.empty(), Cpus.quota(file("self", "0::/\n"), mount));
    }

    @Test
    void aContainerThatSeesOnlyItsMountFindsTheQuotaThere() throws IOException {
        var mount = temp.resolve("cgroup");
        file("cgroup/cpu.max", "50000 100000");
        assertEquals(0.5, Cpus.quota(file("self", "0::/docker/0123\n"), mount).orElseThrow().cpus());
        assertEquals(0.5, Cpus.quota(file("self", "0::/../outside\n"), mount).orElseThrow().cpus());
    }

    @Test
    void readsVersion1UnderBothNamesOfTheController() throws IOException {
        var mount = temp.resolve("cgroup");
        file("cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "300000");
        file("cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000");
        file("cgroup/cpu/a/cpu.cfs_quota_us", "-1");
        file("cgroup/cpu/a/cpu.cfs_period_us", "100000");
        assertEquals(3, Cpus.quota(file("self", "4:cpu,cpuacct:/a\n2:cpuset:/x\n0::/\n"), mount).orElseThrow().cpus());
        assertEquals(Optional.empty(), Cpus.quota(file("self", "4:cpu:/a\n"), mount));
    }

    @Test
    void withoutCgroupsThereIsNoQuota() {
        assertEquals(Optional.empty(), Cpus.quota(temp.resolve("none"), temp.resolve("neither")));
    }

    @Test
    void aRealQuotaReachesTheThreadBudget() throws Exception {
        try (var quota = new CpuQuota(0.6)) {
            var classes = Path.of(Cpus.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            var tests = Path.of(CpusProbe.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            var result = quota.run(List.of("-cp", classes + ":" + tests, CpusProbe.class.getName()));
            assertEquals("1 threads, 0.60 CPUs (" + quota.file() + ")\n", result.out(), result::toString);
        }
    }

    private Path file(String name, String content) throws IOException {
        var file = temp.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }
}
