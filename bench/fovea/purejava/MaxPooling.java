package fovea.purejava;

import java.util.Arrays;

/** The largest of each 2x2 window, side by side, of planes [planes, h, w] with even h and w. */
public record MaxPooling(int planes, int h, int w) {
    public int outputs() {
        return planes * (h / 2) * (w / 2);
    }

    /** y, and which of the four it was (the first of equals). */
    public void forward(Arithmetic arithmetic, float[] y, byte[] which, float[] x) {
        Arithmetic.parallel(chunks(), chunk -> {
            for (var r = chunk * planes / chunks() * (h / 2); r < (chunk + 1) * planes / chunks() * (h / 2); r++) {
                arithmetic.maxOfTwoRows(x, 2 * r * w, (2 * r + 1) * w, y, which, r * (w / 2), w / 2);
            }
        });
    }

    public void backward(float[] dx, float[] dy, byte[] which) {
        Arithmetic.parallel(chunks(), chunk -> {
            var from = chunk * planes / chunks() * (h / 2);
            var to = (chunk + 1) * planes / chunks() * (h / 2);
            Arrays.fill(dx, 2 * from * w, 2 * to * w, 0);
            for (var r = from; r < to; r++) {
                for (var i = 0; i < w / 2; i++) {
                    var at = r * (w / 2) + i;
                    dx[(2 * r + which[at] / 2) * w + 2 * i + which[at] % 2] = dy[at];
                }
            }
        });
    }

    private int chunks() {
        return Math.min(planes, 16);
    }
}
