package fovea.cli;

import fovea.Profile;
import fovea.runtime.Peak;
import fovea.train.Sheet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where the time of a training step went: as a table, as a page with a picture, and as a trace. */
record Profiled(String title, List<Profile.Row> rows, Peak peak) {
    /** One direction of one op, per step. */
    private record Pass(Profile.Row row, boolean forward) {
        double micros() {
            return (forward ? row.forwardNanos() : row.backwardNanos()) / 1000.0 / Math.max(1, row.runs());
        }

        long flops() {
            return forward ? row.forwardFlops() : row.backwardFlops();
        }

        long bytes() {
            return forward ? row.forwardBytes() : row.backwardBytes();
        }

        double gigaflops() {
            return micros() > 0 ? flops() / micros() / 1e3 : 0;
        }

        double gigabytes() {
            return micros() > 0 ? bytes() / micros() / 1e3 : 0;
        }

        String kind() {
            return row.op().replaceAll("\\[.*", "");
        }

        String name() {
            return forward ? "forward" : "backward";
        }
    }

    private List<Pass> passes() {
        var passes = new ArrayList<Pass>();
        rows.forEach(r -> passes.add(new Pass(r, true)));
        rows.reversed().forEach(r -> passes.add(new Pass(r, false)));
        return passes.stream().filter(p -> p.micros() > 0).toList();
    }

    private double micros() {
        return passes().stream().mapToDouble(Pass::micros).sum();
    }

    /** GB/s of the memory behind all caches, or of what is farthest away of what was measured. */
    private double bandwidth() {
        return peak.bandwidths().getLast().copy();
    }

    List<Map<String, Object>> facts() {
        return rows.stream().map(row -> {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("path", row.path());
            facts.put("op", row.op());
            facts.put("implementation", row.implementation());
            facts.put("runs", row.runs());
            facts.put("forwardNanos", row.forwardNanos());
            facts.put("backwardNanos", row.backwardNanos());
            facts.put("forwardFlops", row.forwardFlops());
            facts.put("backwardFlops", row.backwardFlops());
            facts.put("forwardBytes", row.forwardBytes());
            facts.put("backwardBytes", row.backwardBytes());
            return facts;
        }).toList();
    }

    private static final List<String> COLUMNS = List.of("layer", "pass", "us", "share", "GFLOP/s", "of peak", "GB/s", "implementation",
            "op");

    /** The most expensive first, below the names of the columns. */
    List<List<String>> table() {
        var all = micros();
        var table = new ArrayList<List<String>>();
        table.add(COLUMNS);
        passes().stream().sorted(Comparator.comparingDouble(Pass::micros).reversed()).forEach(p -> table.add(List.of(
                p.row.path(), p.name(), say("%.1f", p.micros()), say("%.1f %%", 100 * p.micros() / all),
                p.flops() == 0 ? "" : say("%.1f", p.gigaflops()), p.flops() == 0 ? "" : say("%.0f %%", 100 * p.gigaflops() / peak.f32()),
                say("%.1f", p.gigabytes()), p.row.implementation(), p.row.op())));
        return table;
    }

    /** The table in columns, for a terminal. */
    String text() {
        var table = table();
        var text = new StringBuilder();
        for (var row : table) {
            for (var c = 0; c < row.size(); c++) {
                var column = c;
                var width = table.stream().mapToInt(r -> r.get(column).length()).max().orElseThrow();
                var space = " ".repeat(width - row.get(c).length());
                var right = c >= 2 && c <= 6;
                text.append(right ? space : "").append(row.get(c)).append(c == row.size() - 1 ? "\n" : (right ? "" : space) + "  ");
            }
        }
        return text.toString();
    }

    /** A page with a picture of it, which needs nothing else. */
    String page() {
        var all = micros();
        var flops = passes().stream().mapToLong(Pass::flops).sum();
        var areas = passes().stream().map(p -> new Sheet.Area(p.row.path().isEmpty() ? "outside of layers" : p.row.path(),
                words(p, all), p.micros(), p.flops() == 0, p.flops() > 0 ? p.gigaflops() / peak.f32() : p.gigabytes() / bandwidth()))
                .toList();
        return new Sheet(title)
                .text("%,.0f us inside ops a step, %.1f GFLOP/s over all: %.0f %% of the peak of %.0f, which was measured just"
                        + " before. Copying reaches %.1f GB/s.", all, flops / all / 1e3, 100 * flops / all / 1e3 / peak.f32(), peak.f32(),
                        bandwidth())
                .areas("Time by layer, op and pass. Blue: products and convolutions, the deeper the nearer to the peak. Orange: all else,"
                        + " the deeper the nearer to the speed of copying.", areas)
                .table("Ops", table()).html();
    }

    private String words(Pass p, double all) {
        var lines = new StringBuilder(say("%s %s\n%.1f us, %.1f %%", p.kind(), p.name(), p.micros(), 100 * p.micros() / all));
        if (p.flops() > 0) {
            lines.append(say("\n%.0f GFLOP/s, %.0f %% of peak", p.gigaflops(), 100 * p.gigaflops() / peak.f32()));
        }
        return lines.append(say("\n%.1f GB/s\n%s", p.gigabytes(), p.row.implementation())).toString();
    }

    /** A mean step as Chrome's trace events: forward from the first op to the last, then backward the other way. */
    Map<String, Object> trace() {
        var events = new ArrayList<Map<String, Object>>();
        var at = 0.0;
        for (var p : passes()) {
            var event = new LinkedHashMap<String, Object>();
            event.put("name", p.row.path().isEmpty() ? p.row.op() : p.row.path());
            event.put("cat", p.name());
            event.put("ph", "X");
            event.put("ts", at);
            event.put("dur", p.micros());
            event.put("pid", 1);
            event.put("tid", 1);
            event.put("args", Map.of("op", p.row.op(), "implementation", p.row.implementation(), "pass", p.name(), "GFLOP/s", p.gigaflops(),
                    "share of peak", p.gigaflops() / peak.f32(), "GB/s", p.gigabytes()));
            events.add(event);
            at += p.micros();
        }
        return Map.of("traceEvents", events, "displayTimeUnit", "ms");
    }

    private static String say(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
