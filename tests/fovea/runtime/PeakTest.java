package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.FoveaException;
import fovea.bindings.FoveaNative;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeakTest {
    private static final Hardware SMALL = new Hardware(Optional.empty(), Optional.of(64L << 10), Optional.of(1L << 20), Optional.empty(),
            Optional.empty(), Optional.empty());

    @TempDir
    Path root;

    static List<String> instructionSets() {
        return InstructionSets.available();
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void everyInstructionSetMeasuresEveryRate(String isa) {
        for (var threads : List.of(1, 2)) {
            var peak = Peak.measure(InstructionSets.id(isa), threads, SMALL, 0.1);
            assertTrue(peak.f32() > 0 && peak.f32OneThread() > 0 && Double.isFinite(peak.f32()), peak::toString);
            // No core does more: the compiler must have left the loop out.
            assertTrue(peak.f32OneThread() < 2_000 && peak.f32() < 2_000 * threads, peak::toString);
            assertEquals(isa.equals("avx512") && InstructionSets.bf16(), peak.bf16().isPresent());
            assertEquals(List.of("L2", "L3", "DRAM"), peak.bandwidths().stream().map(Peak.Bandwidth::level).toList());
            for (var row : peak.bandwidths()) {
                assertTrue(row.read() > 0 && row.write() > 0 && row.copy() > 0, row::toString);
                assertTrue(Math.max(Math.max(row.read(), row.write()), row.copy()) < 5_000 * threads, row::toString);
            }
        }
    }

    @Test
    void mainMemoryIsLeftOutWhereLittleIsFree() {
        var small = new Hardware(Optional.empty(), Optional.of(64L << 10), Optional.of(1L << 20), Optional.empty(),
                Optional.of(256L << 20), Optional.empty());
        assertEquals(List.of("L2", "L3"), Peak.measure(0, 1, small, 0.02).bandwidths().stream().map(Peak.Bandwidth::level).toList());
    }

    @Test
    void scalarHasNoBf16() {
        try (var context = new Native(FoveaNative.FOV_ISA_SCALAR(), 1); var arena = Arena.ofConfined()) {
            var error = assertThrows(FoveaException.class,
                    () -> context.check(FoveaNative.fov_measure_flops(context.ctx(), arena.allocate(8), FoveaNative.FOV_BF16(), 0.01)));
            assertTrue(error.getMessage().contains("bf16"), error.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 61, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesATimeThatIsNone(double seconds) {
        try (var context = new Native(FoveaNative.FOV_ISA_SCALAR(), 1); var arena = Arena.ofConfined()) {
            var out = arena.allocate(8);
            assertRefused("seconds",
                    () -> context.check(FoveaNative.fov_measure_flops(context.ctx(), out, FoveaNative.FOV_F32(), seconds)));
            var memory = arena.allocate(1 << 20, 64);
            assertRefused("seconds",
                    () -> context.check(FoveaNative.fov_measure_bandwidth(context.ctx(), out, 0, memory, 1 << 20, seconds)));
        }
    }

    @Test
    void refusesWhatItCannotMeasure() {
        try (var context = new Native(FoveaNative.FOV_ISA_SCALAR(), 2); var arena = Arena.ofConfined()) {
            var ctx = context.ctx();
            var out = arena.allocate(8);
            var memory = arena.allocate(1 << 20, 64);
            assertRefused("type 2", () -> context.check(FoveaNative.fov_measure_flops(ctx, out, FoveaNative.FOV_I32(), 0.01)));
            assertRefused("pattern 3", () -> context.check(FoveaNative.fov_measure_bandwidth(ctx, out, 3, memory, 1 << 20, 0.01)));
            assertRefused("64-byte aligned",
                    () -> context.check(FoveaNative.fov_measure_bandwidth(ctx, out, 0, memory.asSlice(4), 1 << 10, 0.01)));
            assertRefused("64-byte aligned",
                    () -> context.check(FoveaNative.fov_measure_bandwidth(ctx, out, 0, MemorySegment.NULL, 1 << 10, 0.01)));
            assertRefused("100 bytes", () -> context.check(FoveaNative.fov_measure_bandwidth(ctx, out, 0, memory, 100, 0.01)));
        }
    }

    @Test
    void readsTheMachineFromTheFilesOfLinux() throws IOException {
        file("proc/cpuinfo", "processor : 0\nmodel name\t: Some CPU @ 2 GHz\n");
        file("proc/meminfo", "MemTotal: 10 kB\nMemAvailable:    4096 kB\n");
        file("proc/loadavg", "0.25 0.50 0.75 1/99 1234\n");
        file("proc/self/cgroup", "0::/box\n");
        file("sys/fs/cgroup/box/memory.max", "max\n");
        file("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
        for (var cache : List.of("0 1 48K", "2 2 1280K", "3 3 30M")) {
            var words = cache.split(" ");
            file("sys/devices/system/cpu/cpu0/cache/index" + words[0] + "/level", words[1]);
            file("sys/devices/system/cpu/cpu0/cache/index" + words[0] + "/size", words[2]);
        }
        assertEquals(new Hardware(Optional.of("Some CPU @ 2 GHz"), Optional.of(1280L << 10), Optional.of(30L << 20), Optional.of("never"),
                Optional.of(4L << 20),
                Optional.of(0.25)), Hardware.of(root));
        file("sys/fs/cgroup/box/memory.max", "1048576\n");
        assertEquals(Optional.of(1L << 20), Hardware.of(root).memory(), "the control group's limit is the tighter one");
    }

    private static void assertRefused(String part, Runnable call) {
        var message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    private void file(String name, String content) throws IOException {
        var file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
