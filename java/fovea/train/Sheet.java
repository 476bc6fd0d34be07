package fovea.train;

import fovea.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A page of words, charts and pictures that needs nothing but itself: for experiments of one's own.
 *
 * <pre>{@code
 * new Sheet("Learning rates")
 *         .text("Ten epochs each.")
 *         .lines("Accuracy", "epoch", "share of the test digits", false, new Sheet.Line("0.1", epochs, first), ...)
 *         .pictures("Filters", 56, Sheet.Picture.scaled("filter 0", weights, Shape.of(1, 5, 5)))
 *         .write(Path.of("rates.html"));
 * }</pre>
 */
public final class Sheet {
    /** Pixels that a row of pictures has on a wide page, and those between two of them. */
    private static final int WIDTH = 1030;
    private static final int GAP = 12;
    private static final String[] COLOURS = {"a", "b", "c", "d", "e"};

    private final String title;
    private final StringBuilder body = new StringBuilder();
    private int charts;

    /**
     * A part of a {@link #areas chart of areas}.
     *
     * @param group whose parts lie side by side
     * @param words on it, line by line, as far as there is room; all of them under the pointer
     * @param size how large it is beside the others
     * @param second of the two colours
     * @param shade of its colour, from 0 (none) to 1
     */
    public record Area(String group, String words, double size, boolean second, double shade) {
        public Area {
            if (!(size >= 0 && size < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("area '%s': its size is %s; give 0 or more".formatted(words, size));
            }
            shade = Double.isNaN(shade) ? 0 : Math.clamp(shade, 0.0, 1.0);
        }
    }

    /** A page with this headline. */
    public Sheet(String title) {
        this.title = title;
        body.append("<main>\n<h1>").append(Page.text(title)).append("</h1>\n");
    }

    /** A curve: as many numbers across as up. What is not finite leaves a gap. */
    public record Line(String name, double[] x, double[] y) {
        public Line {
            if (x.length != y.length || x.length == 0) {
                throw new IllegalArgumentException("line '%s': %d numbers across and %d up; give as many, at least one".formatted(
                        name, x.length, y.length));
            }
        }

        /** With 1, 2, 3 ... across. */
        public static Line of(String name, double... y) {
            var x = new double[y.length];
            Arrays.setAll(x, i -> i + 1);
            return new Line(name, x, y);
        }
    }

    /** Bytes channel after channel, 1 for grey or 3 for red, green and blue, and a line below. */
    public record Picture(String words, byte[] planes, int channels, int height, int width) {
        /** Elements of {@code [height, width]}, {@code [1, height, width]} or {@code [3, height, width]}: the least black, the most white. */
        public static Picture scaled(String words, float[] elements, Shape shape) {
            var low = Float.POSITIVE_INFINITY;
            var high = Float.NEGATIVE_INFINITY;
            for (var v : elements) {
                low = Math.min(low, v);
                high = Math.max(high, v);
            }
            return between(words, elements, shape, low, high);
        }

        /** What is at most low is black, and what is at least high is white. */
        public static Picture between(String words, float[] elements, Shape shape, float low, float high) {
            var bytes = new byte[length(words, elements, shape)];
            for (var i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) Math.round(high > low ? Math.clamp((elements[i] - low) / (high - low), 0f, 1f) * 255 : 0);
            }
            return new Picture(words, bytes, shape.rank() == 3 ? (int) shape.dim(0) : 1, (int) shape.dim(-2), (int) shape.dim(-1));
        }

        /** Elements of {@code [height, width]} or {@code [1, height, width]}: 0 white, positive ones red, negative ones blue. */
        public static Picture signed(String words, float[] elements, Shape shape) {
            var plane = length(words, elements, shape);
            if (shape.rank() == 3 && shape.dim(0) != 1) {
                throw new IllegalArgumentException("picture '%s': signs of %s; one channel is expected".formatted(words, shape));
            }
            var most = 0f;
            for (var v : elements) {
                most = Math.max(most, Math.abs(v));
            }
            var bytes = new byte[3 * plane];
            for (var i = 0; i < plane; i++) {
                var v = most == 0 ? 0 : elements[i] / most;
                var pale = (byte) Math.round(255 * (1 - Math.abs(v)));
                bytes[i] = v > 0 ? (byte) (255 - Math.round(40 * v)) : pale;
                bytes[plane + i] = pale;
                bytes[2 * plane + i] = v > 0 ? pale : (byte) (255 + Math.round(40 * v));
            }
            return new Picture(words, bytes, 3, (int) shape.dim(-2), (int) shape.dim(-1));
        }

        private static int length(String words, float[] elements, Shape shape) {
            var fits = shape.rank() == 2 || shape.rank() == 3 && (shape.dim(0) == 1 || shape.dim(0) == 3);
            if (!fits || elements.length != shape.elements()) {
                throw new IllegalArgumentException(
                        ("picture '%s': %d elements of %s; give [height, width] or [1 or 3, height, width] and as"
                                + " many elements").formatted(words, elements.length, shape));
            }
            return elements.length;
        }
    }

    /** A paragraph. */
    public Sheet text(String words) {
        body.append("<p>").append(Page.text(words)).append("</p>\n");
        return this;
    }

    /** A paragraph with numbers in it, as {@link String#format}. */
    public Sheet text(String pattern, Object... values) {
        return text(String.format(Locale.ROOT, pattern, values));
    }

    /** At most five curves in one chart. On a logarithmic scale what is not positive leaves a gap. */
    public Sheet lines(String chart, String xName, String yName, boolean logarithmic, Line... lines) {
        if (lines.length == 0 || lines.length > COLOURS.length) {
            throw new IllegalArgumentException("chart '%s': %d lines; give 1 to %d".formatted(chart, lines.length, COLOURS.length));
        }
        var series = new ArrayList<Charts.Series>();
        for (var i = 0; i < lines.length; i++) {
            var y = logarithmic ? Arrays.stream(lines[i].y).map(v -> v > 0 ? Math.log10(v) : Double.NaN).toArray() : lines[i].y;
            series.add(new Charts.Series(lines[i].name, COLOURS[i], lines[i].x, y));
        }
        body.append(Charts.lines("chart" + ++charts, chart, xName, yName, logarithmic ? 1 : 0,
                logarithmic ? Sheet::power : Charts::plain, series));
        return this;
    }

    private static String power(double exponent) {
        if (!Double.isFinite(exponent)) {
            return "–";
        }
        var ten = Math.pow(10, exponent);
        return ten >= 1e-3 && ten < 1e5 ? Charts.plain(ten) : "1e" + Math.round(exponent);
    }

    /** Points [n][2] of n classes. */
    public Sheet cloud(String chart, double[][] points, int[] classes, List<String> names) {
        if (points.length == 0 || points.length != classes.length) {
            throw new IllegalArgumentException("chart '%s': %d points and %d classes; give one for each".formatted(
                    chart, points.length, classes.length));
        }
        body.append(Charts.cloud(chart, points, classes, names));
        return this;
    }

    /** Areas as large as what they stand for: where time or memory goes. */
    public Sheet areas(String chart, List<Area> areas) {
        if (areas.stream().mapToDouble(Area::size).sum() <= 0) {
            throw new IllegalArgumentException("chart '%s': no area has a size; give at least one that is positive".formatted(chart));
        }
        body.append(Treemap.of(chart, areas));
        return this;
    }

    /** Rows of cells, the first of them the names of the columns. */
    public Sheet table(String name, List<List<String>> rows) {
        body.append("<section><h2>").append(Page.text(name)).append("</h2><div class='scroll'><table>");
        for (var r = 0; r < rows.size(); r++) {
            body.append("<tr>");
            for (var cell : rows.get(r)) {
                body.append(r == 0 ? "<th>" : "<td>").append(Page.text(cell)).append(r == 0 ? "</th>" : "</td>");
            }
            body.append("</tr>");
        }
        body.append("</table></div></section>\n");
        return this;
    }

    /** Pictures side by side, their words below them, so many points high and wide. */
    public Sheet pictures(String name, int side, Picture... pictures) {
        return pictures(name, side, List.of(pictures));
    }

    public Sheet pictures(String name, int side, List<Picture> pictures) {
        var rows = Math.ceilDiv(pictures.size(), Math.max(1, (WIDTH + GAP) / (side + GAP)));
        body.append("<section><h2>").append(Page.text(name)).append("</h2><div class='pictures even' style='--size: %dpx; --columns: %d'>"
                .formatted(side, Math.ceilDiv(pictures.size(), Math.max(1, rows))));
        for (var p : pictures) {
            body.append("<figure>").append(
                    Pictures.image(p.planes, p.channels, p.height, p.width, p.words)).append(Page.text(p.words)).append("</figure>");
        }
        body.append("</div></section>\n");
        return this;
    }

    /** The page. */
    public String html() {
        return Page.of(title, body + "</main>\n");
    }

    /** Writes the page, with the folders it lies in. */
    public Path write(Path file) throws IOException {
        if (file.toAbsolutePath().getParent() != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        return Files.writeString(file, html());
    }
}
