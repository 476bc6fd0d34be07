package fovea.runtime;

import fovea.bindings.FoveaNative;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What this machine can do at best, measured: the denominators of every "share of peak".
 *
 * @param threads of the measurement
 * @param f32 GFLOP/s of multiply-adds in registers on all threads
 * @param f32OneThread the same on one
 * @param bf16 GFLOP/s of bf16 dot products on all threads; empty where there are none
 * @param bandwidths from the nearest memory to the farthest
 */
public record Peak(int threads, double f32, double f32OneThread, OptionalDouble bf16, List<Bandwidth> bandwidths) {
    /**
     * Moving data of one working set, on all threads.
     *
     * @param level L2, L3 or DRAM
     * @param bytes the working set of all threads together
     * @param read GB/s (1e9 bytes), as are the others; {@code copy} counts bytes read and written
     */
    public record Bandwidth(String level, long bytes, double read, double write, double copy) {
    }

    /** Measures for about {@code seconds} altogether, without any other use of the machine, please. */
    public static Peak measure(int isa, int threads, Hardware hardware, double seconds) {
        var slice = seconds / 16;
        try (var context = new Native(isa, threads); var one = new Native(isa, 1); var arena = Arena.ofConfined()) {
            var out = arena.allocate(ValueLayout.JAVA_DOUBLE);
            var f32 = flops(context, out, FoveaNative.FOV_F32(), 3 * slice);
            var f32One = flops(one, out, FoveaNative.FOV_F32(), 2 * slice);
            var bf16 = context.isa() == FoveaNative.FOV_ISA_AVX512() && InstructionSets.bf16()
                    ? OptionalDouble.of(flops(context, out, FoveaNative.FOV_BF16(), 2 * slice)) : OptionalDouble.empty();
            return new Peak(threads, f32, f32One, bf16, bandwidths(context, workingSets(threads, hardware), out, slice));
        }
    }

    private record WorkingSet(String level, long bytes) {
    }

    /** Half of each cache, and four times the last one for the memory behind it, as long as that is a quarter of what is free. */
    private static List<WorkingSet> workingSets(int threads, Hardware hardware) {
        var l2 = hardware.l2().orElse(1L << 20);
        var l3 = hardware.l3().orElse(32L << 20);
        var sets = new ArrayList<WorkingSet>();
        sets.add(new WorkingSet("L2", l2 / 2 * threads));
        if (l3 / 2 > l2 * threads) {
            sets.add(new WorkingSet("L3", l3 / 2));
        }
        var dram = Math.clamp(4 * l3, 128L << 20, 1L << 30);
        if (dram <= hardware.memory().orElse(Long.MAX_VALUE) / 4) {
            sets.add(new WorkingSet("DRAM", dram));
        }
        return sets;
    }

    private static List<Bandwidth> bandwidths(Native context, List<WorkingSet> sets, MemorySegment out, double seconds) {
        var bytes = sets.getLast().bytes();
        try (var arena = Arena.ofConfined()) {
            var address = arena.allocate(ValueLayout.ADDRESS);
            context.check(FoveaNative.fov_memory_map(context.ctx(), bytes, address));
            var memory = address.get(ValueLayout.ADDRESS, 0);
            try {
                // Untouched pages are all the same page of zeros, which reads as fast as a cache.
                context.check(FoveaNative.fov_fill(context.ctx(), memory, 1, bytes / Float.BYTES));
                return sets.stream().map(set -> new Bandwidth(set.level(), set.bytes(),
                        bandwidth(context, out, FoveaNative.FOV_READ(), memory, set.bytes(), seconds),
                        bandwidth(context, out, FoveaNative.FOV_WRITE(), memory, set.bytes(), seconds),
                        bandwidth(context, out, FoveaNative.FOV_COPY(), memory, set.bytes(), seconds))).toList();
            } finally {
                context.check(FoveaNative.fov_memory_unmap(context.ctx(), memory, bytes));
            }
        }
    }

    private static double flops(Native context, MemorySegment out, int type, double seconds) {
        context.check(FoveaNative.fov_measure_flops(context.ctx(), out, type, seconds));
        return out.get(ValueLayout.JAVA_DOUBLE, 0);
    }

    private static double bandwidth(Native context, MemorySegment out, int pattern, MemorySegment memory, long bytes, double seconds) {
        context.check(FoveaNative.fov_measure_bandwidth(context.ctx(), out, pattern, memory, bytes, seconds));
        return out.get(ValueLayout.JAVA_DOUBLE, 0);
    }
}
