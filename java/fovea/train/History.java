package fovea.train;

import fovea.runtime.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The course of a run: its epochs, and the loss between them at up to two thousand points. */
public final class History {
    private static final int MOST_POINTS = 2000;

    /** The mean loss of the iterations up to this one, since the point before, and the rate. */
    public record Point(long iteration, double loss, double rate) {
    }

    private final List<Epoch> epochs = new ArrayList<>();
    private final List<Point> points = new ArrayList<>();
    /** Iterations in one point; doubles when there are too many points. */
    private int stride = 1;
    private double sum;
    private int summed;

    History() {
    }

    void add(Epoch epoch) {
        epochs.add(epoch);
    }

    void add(long iteration, double loss, double rate) {
        sum += loss;
        if (++summed < stride) {
            return;
        }
        points.add(new Point(iteration, sum / summed, rate));
        sum = 0;
        summed = 0;
        if (points.size() == MOST_POINTS) {
            for (var i = 0; i < MOST_POINTS / 2; i++) {
                var second = points.get(2 * i + 1);
                points.set(i, new Point(second.iteration, (points.get(2 * i).loss + second.loss) / 2, second.rate));
            }
            points.subList(MOST_POINTS / 2, MOST_POINTS).clear();
            stride *= 2;
        }
    }

    public List<Epoch> epochs() {
        return Collections.unmodifiableList(epochs);
    }

    public List<Point> points() {
        return Collections.unmodifiableList(points);
    }

    /** The epoch with the highest accuracy on the other data set; the last of the equal ones, as the checkpoint of the best is. */
    public Epoch best() {
        return epochs.stream().reduce((a, b) -> b.validationAccuracy() >= a.validationAccuracy() ? b : a).orElseThrow(
                () -> new IllegalStateException("no epoch has ended yet"));
    }

    /** Writes {@code history.csv} and {@code history.json}. */
    public void write(Path folder) throws IOException {
        var csv = new StringBuilder();
        for (var epoch : epochs) {
            if (csv.isEmpty()) {
                csv.append(String.join(",", epoch.fields().keySet())).append('\n');
            }
            csv.append(epoch.fields().values().stream().map(Object::toString).collect(Collectors.joining(","))).append('\n');
        }
        whole(folder.resolve("history.csv"), csv.toString());
        whole(folder.resolve("history.json"), Json.of(json()) + "\n");
    }

    /** A text file that is there whole or not at all. */
    static void whole(Path path, String text) throws IOException {
        var draft = path.resolveSibling(path.getFileName() + ".part");
        Files.writeString(draft, text);
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    Map<String, Object> json() {
        var all = new LinkedHashMap<String, Object>();
        all.put("epochs", epochs.stream().map(Epoch::fields).toList());
        all.put("stride", stride);
        all.put("sum", sum);
        all.put("summed", summed);
        all.put("iterations", points.stream().map(Point::iteration).toList());
        all.put("losses", points.stream().map(Point::loss).toList());
        all.put("rates", points.stream().map(Point::rate).toList());
        return all;
    }

    static History of(Map<?, ?> json) {
        var history = new History();
        ((List<?>) json.get("epochs")).forEach(e -> history.epochs.add(Epoch.of((Map<?, ?>) e)));
        history.stride = (int) number(json.get("stride"));
        history.sum = number(json.get("sum"));
        history.summed = (int) number(json.get("summed"));
        var iterations = (List<?>) json.get("iterations");
        var losses = (List<?>) json.get("losses");
        var rates = (List<?>) json.get("rates");
        for (var i = 0; i < iterations.size(); i++) {
            history.points.add(new Point((long) number(iterations.get(i)), number(losses.get(i)), number(rates.get(i))));
        }
        return history;
    }

    private static double number(Object value) {
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }
}
