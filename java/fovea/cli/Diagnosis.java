package fovea.cli;

import fovea.NativeLoadException;
import fovea.bindings.FoveaNative;
import fovea.runtime.Cpus;
import fovea.runtime.Hardware;
import fovea.runtime.InstructionSets;
import fovea.runtime.NativeAccess;
import fovea.runtime.NativeLoader;
import fovea.runtime.Peak;
import fovea.runtime.Platform;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Collects facts in two forms, for readers and for programs, and judges them. A part that fails does not hide the others. */
final class Diagnosis {
    private final Map<String, Object> facts = new LinkedHashMap<>();
    private final StringBuilder text = new StringBuilder();
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Hardware hardware = Hardware.here();

    private Diagnosis() {
    }

    /** @param seconds to measure for; 0 leaves it out */
    static Diagnosis make(double seconds) {
        var diagnosis = new Diagnosis();
        diagnosis.fact("version", Commands.Version.text(), "fovea", Commands.Version.text());
        diagnosis.host();
        var threads = diagnosis.threads();
        var isa = diagnosis.library() ? diagnosis.instructionSet() : null;
        if (isa != null && threads > 0 && seconds > 0) {
            diagnosis.measure(InstructionSets.id(isa), threads, seconds);
        }
        diagnosis.conclude();
        return diagnosis;
    }

    Map<String, Object> facts() {
        return facts;
    }

    String text() {
        return text.toString().stripTrailing();
    }

    List<String> problems() {
        return problems;
    }

    private void host() {
        var platform = Platform.current();
        fact("platform", platform.name(), "platform", platform + (platform.musl() ? ", musl libc" : ""));
        var jdk = Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home");
        fact("jdk", jdk, "JDK", jdk);
        facts.put("cpu", hardware.cpu().orElse(null));
        facts.put("l2Bytes", hardware.l2().orElse(null));
        facts.put("l3Bytes", hardware.l3().orElse(null));
        line("CPU", hardware.cpu().orElse("unknown") + hardware.l2().map(bytes -> ", L2 " + size(bytes) + " a core").orElse("")
                + hardware.l3().map(bytes -> ", L3 " + size(bytes)).orElse(""));
        facts.put("hugePages", hardware.hugePages().orElse(null));
        line("huge pages", hardware.hugePages().orElse("unknown"));
        if (hardware.hugePages().orElse("").equals("never")) {
            warnings.add("no huge pages: large tensors cost more page faults. Remedy: "
                    + "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
        }
    }

    private int threads() {
        var quota = Cpus.quota();
        var processors = Runtime.getRuntime().availableProcessors();
        facts.put("availableProcessors", processors);
        facts.put("quotaCpus", quota.map(Cpus.Quota::cpus).orElse(null));
        var limits = "the JVM may use " + processors + ", quota " + quota.map(Object::toString).orElse("none");
        try {
            var threads = Cpus.threads();
            fact("threads", threads, "threads", threads + " (" + limits + "; set by -D" + Cpus.PROPERTY + ")");
            double allowed = quota.map(Cpus.Quota::cpus).orElse(Double.MAX_VALUE);
            if (threads > Math.ceil(allowed)) {
                problems.add("%d threads under a quota of %s: the system will stop them for part of each period. Remedy: -D%s=%d".formatted(
                        threads, quota.get(), Cpus.PROPERTY, whole(allowed)));
            } else if (threads > processors) {
                problems.add("%d threads on %d processors: they wait for each other. Remedy: -D%s=%d, or leave it out".formatted(
                        threads, processors, Cpus.PROPERTY, processors));
            } else if (threads > whole(allowed)) {
                warnings.add("the quota of %s is not whole: %d threads are stopped for part of each period; -D%s=%d is steadier".formatted(
                        quota.get(), threads, Cpus.PROPERTY, whole(allowed)));
            }
            return threads;
        } catch (IllegalArgumentException e) {
            fact("threads", null, "threads", "not set (" + limits + ")");
            problems.add(e.getMessage());
            return 0;
        }
    }

    /** Whether it could be loaded. */
    private boolean library() {
        var module = NativeLoader.class.getModule();
        var granted = module.isNativeAccessEnabled();
        try {
            var loaded = NativeLoader.load();
            fact("library", loaded.library().toString(), "library", loaded.library().toString());
            facts.put("librarySha256", loaded.sha256());
            facts.put("librarySource", loaded.source());
            facts.put("abi", FoveaNative.fov_abi());
            line("", "SHA-256 " + loaded.sha256());
            line("", "ABI " + FoveaNative.fov_abi() + ", from " + loaded.source());
            warnings.addAll(loaded.notes());
            if (!granted) {
                warnings.add("native access is not granted, only tolerated, and a later JDK will refuse it. Remedy: add "
                        + NativeAccess.flag(module) + " to the java command");
            }
            var onednn = FoveaNative.fov_onednn_version().reinterpret(64).getString(0);
            fact("onednn", onednn, "oneDNN", onednn);
            return true;
        } catch (NativeLoadException | IllegalCallerException e) {
            fact("library", null, "library", "not loaded");
            problems.add(e.getMessage());
            return false;
        }
    }

    /** The name of the one in use; null where the property names none that can be used. */
    private String instructionSet() {
        var available = InstructionSets.available();
        var wanted = System.getProperty(InstructionSets.PROPERTY, "best").strip().toLowerCase(Locale.ROOT);
        var chosen = wanted.equals("best") ? available.getLast() : available.contains(wanted) ? wanted : null;
        facts.put("instructionSet", chosen);
        facts.put("instructionSets", available);
        facts.put("bf16", InstructionSets.bf16());
        line("instruction set", (chosen == null ? "none" : chosen) + " (available: " + String.join(", ", available) + "; force one by -D"
                + InstructionSets.PROPERTY + "=<name>)");
        line("", InstructionSets.bf16() ? "avx512 has bf16 dot products" : "no bf16 dot products");
        if (chosen == null) {
            problems.add("-D" + InstructionSets.PROPERTY + "=" + wanted + " cannot be used here. Remedy: give one of "
                    + String.join(", ", available)
                    + ", or leave it out");
        } else if (!chosen.equals(available.getLast())) {
            problems.add("the instruction set is forced to " + chosen + ", below " + available.getLast()
                    + ", the best of this CPU. Remedy: leave -D"
                    + InstructionSets.PROPERTY + " out, unless that is what you test");
        }
        return chosen;
    }

    private void measure(int isa, int threads, double seconds) {
        facts.put("loadAverage", hardware.load().orElse(null));
        if (hardware.load().orElse(0.0) > 0.5) {
            warnings.add("the machine is busy (load average " + hardware.load().get() + "): the figures are lower than it can do");
        }
        Peak peak;
        try {
            peak = Peak.measure(isa, threads, hardware, seconds);
        } catch (RuntimeException e) {
            problems.add("the measurement failed: " + e.getMessage());
            return;
        }
        facts.put("peakF32Gflops", rounded(peak.f32()));
        facts.put("peakF32OneThreadGflops", rounded(peak.f32OneThread()));
        facts.put("peakBf16Gflops", peak.bf16().isPresent() ? rounded(peak.bf16().getAsDouble()) : null);
        line("peak f32", "%.0f GFLOP/s on %d thread%s, %.0f on one".formatted(peak.f32(), threads, threads == 1 ? "" : "s",
                peak.f32OneThread()));
        line("peak bf16", peak.bf16().isPresent() ? "%.0f GFLOP/s on %d thread%s".formatted(peak.bf16().getAsDouble(), threads,
                threads == 1 ? "" : "s")
                : "no bf16 dot products in this instruction set; --precision bf16 computes in f32");
        var rows = new ArrayList<Map<String, Object>>();
        line("bandwidth, GB/s", "%-14s %8s %8s %8s".formatted("working set", "read", "write", "copy"));
        for (var row : peak.bandwidths()) {
            line("", "%-14s %8.1f %8.1f %8.1f".formatted(row.level() + " " + size(row.bytes()), row.read(), row.write(), row.copy()));
            var fact = new LinkedHashMap<String, Object>();
            fact.put("level", row.level());
            fact.put("bytes", row.bytes());
            fact.put("readGBs", rounded(row.read()));
            fact.put("writeGBs", rounded(row.write()));
            fact.put("copyGBs", rounded(row.copy()));
            rows.add(fact);
        }
        facts.put("bandwidths", rows);
        if (peak.bandwidths().stream().noneMatch(row -> row.level().equals("DRAM"))) {
            warnings.add("too little memory is free to measure the bandwidth of main memory");
        }
    }

    private void conclude() {
        facts.put("warnings", Collections.unmodifiableList(warnings));
        facts.put("problems", Collections.unmodifiableList(problems));
        warnings.forEach(warning -> text.append("warning: ").append(warning).append('\n'));
        problems.forEach(problem -> text.append("problem: ").append(problem).append('\n'));
        text.append(problems.isEmpty() ? "All is well." : problems.size() == 1 ? "1 problem." : problems.size()
                + " problems.").append('\n');
    }

    private void fact(String key, Object value, String label, String words) {
        facts.put(key, value);
        line(label, words);
    }

    private void line(String label, String words) {
        text.append("%-16s %s".formatted(label, words).stripTrailing()).append('\n');
    }

    private static int whole(double cpus) {
        return Math.max(1, (int) cpus);
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }

    private static String size(long bytes) {
        return bytes % (1 << 20) == 0 ? (bytes >> 20) + " MB" : (bytes >> 10) + " kB";
    }
}
