package fovea.train;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** Curves and heat maps as SVG: they need no script, print well, and take their colours from the page. */
final class Charts {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 280;
    private static final int LEFT = 58;
    private static final int RIGHT = 16;
    private static final int TOP = 12;
    private static final int BOTTOM = 38;

    /** One curve. Its class chooses the colour: a to e, or faint. */
    record Series(String name, String style, double[] x, double[] y) {
    }

    private Charts() {
    }

    /** A figure with axes, a legend, and the values for the script that shows them under the pointer. */
    static String lines(String id, String title, String xName, DoubleFunction<String> label, List<Series> all) {
        return lines(id, title, xName, "", 0, label, all);
    }

    /**
     * @param yName along the axis on the left; empty where the title says it
     * @param least distance of marks on that axis
     */
    static String lines(String id, String title, String xName, String yName, double least, DoubleFunction<String> label,
            List<Series> all) {
        var series = all.stream().filter(s -> Arrays.stream(s.y).anyMatch(Double::isFinite)).toList();
        var x = Range.of(series.stream().map(Series::x).toList(), false);
        var y = Range.of(series.stream().map(Series::y).toList(), true);
        var svg = new StringBuilder();
        svg.append("<figure class='chart' id='").append(id).append("'><figcaption>").append(Page.text(title));
        if (series.size() > 1) {
            series.forEach(s -> svg.append("<span class='key ").append(s.style).append("'>").append(Page.text(s.name)).append("</span>"));
        }
        svg.append(open(yName, HEIGHT, title));
        for (var tick : y.ticks(5, least)) {
            var at = y(y, tick);
            svg.append(format("<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>", LEFT, WIDTH - RIGHT, at, at));
            svg.append(format("<text class='tick' x='%d' y='%.1f' text-anchor='end'>%s</text>", LEFT - 8, at + 4, label.apply(tick)));
        }
        for (var tick : x.ticks(8, 1)) {
            svg.append(format("<text class='tick' x='%.1f' y='%d' text-anchor='middle'>%s</text>", x(x, tick), HEIGHT - BOTTOM + 18,
                    plain(tick)));
        }
        svg.append(format("<text class='axis' x='%d' y='%d' text-anchor='end'>%s</text>", WIDTH - RIGHT, HEIGHT - 4, Page.text(xName)));
        for (var s : series) {
            svg.append("<path class='line ").append(s.style).append("' d='").append(path(s, x, y)).append("'/>");
            if (s.x.length <= 30) {
                for (var i = 0; i < s.x.length; i++) {
                    if (Double.isFinite(s.y[i])) {
                        svg.append(format("<circle class='dot %s' cx='%.1f' cy='%.1f' r='3'/>", s.style, x(x, s.x[i]), y(y, s.y[i])));
                    }
                }
            }
        }
        svg.append("<line class='cursor' y1='%d' y2='%d' x1='0' x2='0'/></svg><output></output>".formatted(TOP, HEIGHT - BOTTOM));
        return svg.append(data(series, x, xName, label)).append("</figure>\n").toString();
    }

    /** The end of a caption and the beginning of a drawing, with room on the left for the name of the axis there, if it has one. */
    private static String open(String yName, int height, String title) {
        var room = yName.isEmpty() ? 0 : 20;
        var name = yName.isEmpty() ? ""
                : "<text class='axis' transform='translate(-6 %d) rotate(-90)' text-anchor='middle'>%s</text>".formatted(
                        (TOP + height - BOTTOM) / 2, Page.text(yName));
        return "</figcaption><svg viewBox='%d 0 %d %d' role='img' aria-label='%s'>%s".formatted(-room, WIDTH + room, height,
                Page.text(title), name);
    }

    /** Points in a plane, each written as the first letters of its class, in its class's colour. */
    static String cloud(String title, double[][] points, int[] labels, List<String> names) {
        var height = 480;
        var x = Range.of(List.of(column(points, 0)), true);
        var y = Range.of(List.of(column(points, 1)), true);
        var svg = new StringBuilder("<figure class='chart cloud'><figcaption>").append(Page.text(title));
        var letters = names.stream().allMatch(n -> n.length() <= 2);
        for (var c = 0; c < names.size() && !letters; c++) {
            svg.append(format("<span class='name' style='color:%s'>%s</span>", colour(c, names.size()), Page.text(names.get(c))));
        }
        svg.append("</figcaption><svg viewBox='0 0 %d %d' role='img' aria-label='%s'>".formatted(WIDTH, height, Page.text(title)));
        for (var i = 0; i < points.length; i++) {
            var at = LEFT / 2 + (points[i][0] - x.low) / (x.high - x.low) * (WIDTH - LEFT);
            var down = height - 12 - (points[i][1] - y.low) / (y.high - y.low) * (height - 24);
            svg.append(letters ? format("<text class='letter' x='%.1f' y='%.1f' style='fill:%s'>%s</text>", at, down + 4,
                    colour(labels[i], names.size()), Page.text(names.get(labels[i])))
                    : format("<circle cx='%.1f' cy='%.1f' r='3' style='fill:%s'><title>%s</title></circle>", at, down,
                            colour(labels[i], names.size()), Page.text(names.get(labels[i]))));
        }
        return svg.append("</svg></figure>\n").toString();
    }

    private static double[] column(double[][] points, int c) {
        return Arrays.stream(points).mapToDouble(p -> p[c]).toArray();
    }

    /** Around the colour circle; every second one darker, so that neighbours differ in more than hue. */
    private static String colour(int c, int of) {
        return format("hsl(%d 70%% %d%%)", c * 360 / of, c % 2 == 0 ? 45 : 58);
    }

    private static String data(List<Series> series, Range x, String xName, DoubleFunction<String> label) {
        var out = new StringBuilder("<script type='application/json'>{\"x\":\"").append(Page.json(xName)).append("\",\"series\":[");
        for (var i = 0; i < series.size(); i++) {
            var s = series.get(i);
            out.append(i == 0 ? "" : ",").append("{\"name\":\"").append(Page.json(s.name)).append("\",\"points\":[");
            for (var k = 0; k < s.x.length; k++) {
                out.append(k == 0 ? "" : ",").append(format("[%.1f,\"%s\",\"%s\"]", x(x, s.x[k]), plain(s.x[k]), label.apply(s.y[k])));
            }
            out.append("]}");
        }
        return out.append("]}</script>").toString();
    }

    private static String path(Series s, Range x, Range y) {
        var path = new StringBuilder();
        var pen = false;
        for (var i = 0; i < s.x.length; i++) {
            if (Double.isFinite(s.y[i])) {
                path.append(format("%s%.1f %.1f", pen ? "L" : "M", x(x, s.x[i]), y(y, s.y[i])));
            }
            pen = Double.isFinite(s.y[i]);
        }
        return path.toString();
    }

    /** Rows are the classes, columns what they were called; the shade is the share of the row. */
    static String heatMap(String id, long[][] counts, List<String> names) {
        var n = counts.length;
        var cell = n <= 12 ? 40 : Math.max(4, 480 / n);
        var words = n <= 40;
        var margin = words ? 24 + 7 * names.stream().mapToInt(String::length).max().orElse(1) : 8;
        var side = n * cell + margin;
        var svg = new StringBuilder();
        svg.append(format("<svg id='%s' class='heat' viewBox='0 0 %d %d' style='max-width:%dpx' role='img' aria-label='Confusion matrix'>",
                id, side + 8, side + 8, side + 8));
        for (var r = 0; r < n; r++) {
            var total = Arrays.stream(counts[r]).sum();
            var middle = margin + r * cell + cell / 2;
            if (words) {
                svg.append(format("<text class='tick' x='%d' y='%d' text-anchor='end'>%s</text>", margin - 8, middle + 4,
                        Page.text(names.get(r))));
                svg.append(format("<text class='tick' transform='translate(%d %d) rotate(-90)'>%s</text>", middle + 4, margin - 8,
                        Page.text(names.get(r))));
            }
            for (var c = 0; c < n; c++) {
                var share = total == 0 ? 0 : (double) counts[r][c] / total;
                // The square root lifts the few mistakes of a good network out of the dark.
                svg.append(format("<g><title>%s called %s: %d of %d</title><rect class='%s' x='%d' y='%d' width='%d' height='%d'"
                        + " style='--share:%.3f'/>", Page.text(names.get(r)), Page.text(names.get(c)), counts[r][c], total,
                        r == c ? "hit" : "miss", margin + c * cell, margin + r * cell, cell - 1, cell - 1, Math.sqrt(share)));
                if (cell >= 32 && counts[r][c] > 0) {
                    svg.append(format("<text class='count%s' x='%d' y='%d' text-anchor='middle'>%d</text>",
                            Math.sqrt(share) > 0.6 ? " strong" : "", margin + c * cell + cell / 2, middle + 4, counts[r][c]));
                }
                svg.append("</g>");
            }
        }
        return svg.append("</svg>").toString();
    }

    private static double x(Range range, double value) {
        return LEFT + (value - range.low) / (range.high - range.low) * (WIDTH - LEFT - RIGHT);
    }

    private static double y(Range range, double value) {
        return HEIGHT - BOTTOM - (value - range.low) / (range.high - range.low) * (HEIGHT - TOP - BOTTOM);
    }

    /** Four digits, without zeros that say nothing. */
    static String plain(double value) {
        if (!Double.isFinite(value)) {
            return "–";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return format("%,d", (long) value);
        }
        return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toString();
    }

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    private record Range(double low, double high) {
        static Range of(List<double[]> values, boolean room) {
            var numbers = values.stream().flatMapToDouble(Arrays::stream).filter(Double::isFinite).summaryStatistics();
            if (numbers.getCount() == 0) {
                return new Range(0, 1);
            }
            var low = numbers.getMin();
            var high = numbers.getMax();
            if (low == high) {
                return new Range(low - (low == 0 ? 1 : Math.abs(low) / 2), high + (high == 0 ? 1 : Math.abs(high) / 2));
            }
            return room ? new Range(low >= 0 && low < high / 2 ? 0 : low - (high - low) / 20, high + (high - low) / 20)
                    : new Range(low, high);
        }

        /** About so many round numbers, not closer than this. */
        List<Double> ticks(int about, double least) {
            var raw = Math.max(least, (high - low) / about);
            var ten = Math.pow(10, Math.floor(Math.log10(raw)));
            var step = ten * (raw / ten < 1.5 ? 1 : raw / ten < 3.5 ? 2 : raw / ten < 7.5 ? 5 : 10);
            var ticks = new ArrayList<Double>();
            for (var i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
                ticks.add(i * step);
            }
            return ticks;
        }
    }
}
