package fovea;

/** Prints tensors like NumPy does: nested brackets, long axes shortened to three elements at either end. */
final class Printing {
    private static final int WHOLE = 1000;
    private static final int EDGE = 3;

    private Printing() {
    }

    static String print(float[] elements, Shape shape, ElementType type) {
        var out = new StringBuilder();
        print(out, elements, shape, type, 0, 0, elements.length, elements.length > WHOLE);
        return out.toString();
    }

    private static void print(StringBuilder out, float[] x, Shape shape, ElementType type, int axis, int offset, int span,
            boolean shorten) {
        if (axis == shape.rank()) {
            out.append(element(x[offset], type));
            return;
        }
        var n = (int) shape.dim(axis);
        var inner = span / n;
        var last = axis == shape.rank() - 1;
        var separator = last ? ", " : "," + "\n".repeat(shape.rank() - axis - 1) + " ".repeat(axis + 1);
        out.append('[');
        for (var i = 0; i < n; i++) {
            if (i > 0) {
                out.append(separator);
            }
            if (shorten && n > 2 * EDGE && i == EDGE) {
                out.append("...");
                i = n - EDGE - 1;
            } else {
                print(out, x, shape, type, axis + 1, offset + i * inner, inner, shorten);
            }
        }
        out.append(']');
    }

    private static String element(float x, ElementType type) {
        if (type == ElementType.I32 || type == ElementType.U8 || x == Math.rint(x) && Math.abs(x) < 1e7f) {
            return Long.toString((long) x);
        }
        return Float.isFinite(x) ? "%.6g".formatted(x).replaceAll("0+(e|$)", "$1") : Float.toString(x);
    }
}
