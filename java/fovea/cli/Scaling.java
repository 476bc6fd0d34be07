package fovea.cli;

import fovea.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The milliseconds that a step takes with 1, 2, 4, ... threads, the last being all that the session may use. */
record Scaling(List<Row> rows) {
    record Row(int threads, double milliseconds) {
    }

    /** Other load on the machine comes and goes, so the numbers of threads take turns: many short rounds, of which medians count. */
    private static final int ROUNDS = 5;

    static Scaling measure(Session session, Runnable step, double seconds) {
        var most = session.threads();
        var counts = new ArrayList<Integer>();
        for (var threads = 1; threads < most; threads *= 2) {
            counts.add(threads);
        }
        counts.add(most);
        var times = new LinkedHashMap<Integer, double[]>();
        for (var round = 0; round < ROUNDS; round++) {
            for (var threads : counts) {
                session.threads(threads);
                // Another number of threads means new plans.
                step.run();
                times.merge(threads, Bench.measure(step, seconds / ROUNDS), Scaling::joined);
            }
        }
        return new Scaling(times.entrySet().stream().map(e -> new Row(e.getKey(), median(e.getValue()))).toList());
    }

    private static double[] joined(double[] some, double[] more) {
        var all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private static double median(double[] times) {
        Arrays.sort(times);
        return times[times.length / 2];
    }

    private double times(Row row) {
        return rows.getFirst().milliseconds / row.milliseconds;
    }

    String text(int batch) {
        var text = new StringBuilder("threads     images/s   as fast as one\n");
        for (var row : rows) {
            text.append("%7d %,12.0f %16.2f%n".formatted(row.threads, batch / row.milliseconds * 1000, times(row)));
        }
        return text.toString();
    }

    List<Map<String, Object>> facts(int batch) {
        return rows.stream().map(row -> {
            var facts = new LinkedHashMap<String, Object>();
            facts.put("threads", row.threads);
            facts.put("imagesPerSecond", batch / row.milliseconds * 1000);
            facts.put("timesOneThread", times(row));
            return (Map<String, Object>) facts;
        }).toList();
    }
}
