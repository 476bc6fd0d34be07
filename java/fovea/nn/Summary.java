package fovea.nn;

import fovea.Shape;
import java.util.List;

/**
 * Layers in the order they run, with shapes and costs for one sample. {@link #toString} is a table.
 *
 * <pre>{@code
 * System.out.println(lenet.summary(Shape.of(1, 28, 28)));       // no session, nothing is allocated
 * model.summary().parameters();                                  // of what was built
 * }</pre>
 */
public record Summary(Shape input, Shape output, List<Row> rows) {
    /**
     * One layer.
     *
     * @param path its place
     * @param layer and its configuration
     * @param in shape of one sample that comes
     * @param out shape of one sample that goes
     * @param parameters elements that are trained, shared ones counted where they appear first
     * @param buffers elements that are saved but not trained
     * @param macs multiply-accumulates for one sample
     * @param fused what runs here as one op, or in which layer this one runs; empty for a layer that runs by itself
     */
    public record Row(String path, String layer, Shape in, Shape out, long parameters, long buffers, long macs, String fused) {
        /** Bytes of the layer's result for one sample; 0 where it is computed inside another layer's op. */
        public long activationBytes() {
            return fused.startsWith("in ") ? 0 : 4 * out.elements();
        }

        Row fused(String what) {
            return new Row(path, layer, in, out, parameters, buffers, macs, what);
        }
    }

    static Summary of(Layer layer, Shape in, BuildOptions options) {
        var registry = new Registry(null, 0, options);
        var root = (Located) new Scope(registry, "", false).build("", layer, in);
        return new Summary(in, root.out, registry.rowsWithFusion());
    }

    public long parameters() {
        return rows.stream().mapToLong(Row::parameters).sum();
    }

    public long buffers() {
        return rows.stream().mapToLong(Row::buffers).sum();
    }

    /** Multiply-accumulates of a forward pass for one sample. */
    public long macs() {
        return rows.stream().mapToLong(Row::macs).sum();
    }

    /** Bytes of all results of a forward pass for one sample. */
    public long activationBytes() {
        return rows.stream().mapToLong(Row::activationBytes).sum();
    }

    /** The row of the layer at this path. */
    public Row row(String path) {
        return rows.stream().filter(r -> r.path().equals(path)).findFirst().orElseThrow(
                () -> new IllegalArgumentException("no layer has the path '%s'; there are %s".formatted(
                        path, rows.stream().map(Row::path).toList())));
    }

    @Override
    public String toString() {
        var anyFused = rows.stream().anyMatch(r -> !r.fused.isEmpty());
        var cells = new String[rows.size() + 1][];
        cells[0] = new String[] {"path", "layer", "output", "parameters", "MACs", "bytes", anyFused ? "fused" : ""};
        for (var i = 0; i < rows.size(); i++) {
            var r = rows.get(i);
            cells[i + 1] = new String[] {r.path, r.layer, r.out.toString(), grouped(r.parameters), grouped(r.macs),
                    grouped(r.activationBytes()), r.fused};
        }
        var widths = new int[7];
        for (var row : cells) {
            for (var c = 0; c < widths.length; c++) {
                widths[c] = Math.max(widths[c], row[c].length());
            }
        }
        var text = new StringBuilder();
        for (var row : cells) {
            var line = new StringBuilder();
            for (var c = 0; c < widths.length; c++) {
                var right = c >= 3 && c <= 5;
                line.append(c == 0 ? "" : "  ").append(" ".repeat(right ? widths[c] - row[c].length() : 0)).append(row[c]).append(
                        " ".repeat(right ? 0 : widths[c] - row[c].length()));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.append("%s -> %s: %s parameters, %s buffer elements, %s MACs and %s bytes of activations a sample".formatted(
                input, output, grouped(parameters()), grouped(buffers()), grouped(macs()), grouped(activationBytes()))).toString();
    }

    private static String grouped(long n) {
        return String.format(java.util.Locale.ROOT, "%,d", n);
    }
}
