package fovea.data;

import java.util.Arrays;

/** Writes one digit after the other on a canvas of floats: 0 is paper, 1 is ink. One thread's tool. */
final class Pen {
    /** Straight pieces between two points of a stroke. */
    private static final int PIECES = 8;
    private static final int WAVES = 3;
    /** In parts of the middle 18/28 of the canvas, how much of it the smallest digit fills. */
    static final float SMALLEST = 0.76f;
    /** Half the width of the thinnest line, in 28ths of the canvas, and what the swelling of a line takes from it at most. */
    static final float THINNEST = 0.6f;
    static final float SWELL = 0.3f;
    /** Of 255; and how much of that a pixel loses at most where the pen is dry. */
    static final float PALEST = 170;
    static final float DRIEST = 0.3f;
    /** In parts of the canvas, how long the pen gives no ink at most, and half of how wide that gap is, in 28ths. */
    static final float LONGEST_GAP = 0.2f;
    static final float WIDEST_GAP = 0.9f;

    private final int side;
    private final float[] canvas;
    private final float[] copy;
    private final float[] path = new float[2048];
    private final int[] ends = new int[16];
    private final float[] waves = new float[6 * WAVES];
    private int length;
    private int strokes;

    Pen(int side) {
        this.side = side;
        canvas = new float[side * side];
        copy = new float[side * side];
    }

    /** Writes the digit as the draws will have it, and stores it as bytes: 0 is paper, 255 is ink. */
    void write(int digit, Draws draws, byte[] to, int offset) {
        trace(Glyphs.strokes(digit, draws.below(Glyphs.variants(digit))), draws);
        bend(draws);
        place(draws);
        ink(draws);
        stray(draws);
        if (draws.chance(0.35f)) {
            soften();
        }
        var dark = draws.between(PALEST, 300);
        var dry = draws.between(0, DRIEST);
        for (var i = 0; i < canvas.length; i++) {
            to[offset + i] = (byte) Math.min(255, (int) (canvas[i] * (1 - dry * draws.between(0, 1)) * dark));
        }
        for (var dust = draws.below(1 + canvas.length / 56); dust > 0; dust--) {
            var at = offset + draws.below(canvas.length);
            to[at] = (byte) Math.max(to[at] & 255, 20 + draws.below(120));
        }
    }

    /** What else is on the paper: now and then a piece of a line that does not belong there, or a place where the pen gave no ink. */
    private void stray(Draws draws) {
        if (draws.chance(0.25f)) {
            line(draws, 0.04f, 0.2f, draws.between(0.4f, 0.9f), false);
        }
        if (draws.chance(0.25f)) {
            line(draws, 0.08f, LONGEST_GAP, draws.between(0.5f, WIDEST_GAP), true);
        }
    }

    private void line(Draws draws, float shortest, float longest, float radius, boolean erase) {
        var x = side * draws.between(0.2f, 0.8f);
        var y = side * draws.between(0.2f, 0.8f);
        var angle = draws.between(0, 6.2831855f);
        var reach = side * draws.between(shortest, longest) / 2;
        var dx = reach * sine(angle);
        var dy = reach * sine(angle + 1.5707964f);
        piece(x - dx, y - dy, x + dx, y + dy, radius * side / 28f, erase);
    }

    /** Every pixel takes a share of its neighbours, as a bad scanner does. */
    private void soften() {
        System.arraycopy(canvas, 0, copy, 0, canvas.length);
        for (var y = 1; y < side - 1; y++) {
            for (var x = 1; x < side - 1; x++) {
                var at = y * side + x;
                canvas[at] = 0.36f * copy[at] + 0.16f * (copy[at - 1] + copy[at + 1] + copy[at - side] + copy[at + side]);
            }
        }
    }

    /** The path of the pen: a curve through the points of each stroke, every one a little beside where it should be. */
    private void trace(float[][] glyph, Draws draws) {
        length = 0;
        strokes = 0;
        var shake = 0.014f + 0.042f * draws.between(0, 1);
        var x = new float[32];
        var y = new float[32];
        for (var s = 0; s < glyph.length; s++) {
            var points = glyph[s].length / 2;
            for (var i = 0; i < points; i++) {
                // A stroke that goes on from the last one stays joined to it; otherwise people miss.
                var joined = i == 0 && s > 0 && glyph[s][0] == glyph[s - 1][glyph[s - 1].length - 2];
                x[i + 1] = joined ? path[length - 2] : glyph[s][2 * i] + shake * draws.gaussian();
                y[i + 1] = joined ? path[length - 1] : glyph[s][2 * i + 1] + shake * draws.gaussian();
            }
            x[0] = 2 * x[1] - x[2];
            y[0] = 2 * y[1] - y[2];
            x[points + 1] = 2 * x[points] - x[points - 1];
            y[points + 1] = 2 * y[points] - y[points - 1];
            for (var i = 1; i < points; i++) {
                for (var k = i == 1 ? 0 : 1; k <= PIECES; k++) {
                    var t = (float) k / PIECES;
                    path[length++] = spline(x[i - 1], x[i], x[i + 1], x[i + 2], t);
                    path[length++] = spline(y[i - 1], y[i], y[i + 1], y[i + 2], t);
                }
            }
            ends[strokes++] = length;
        }
    }

    /** Catmull and Rom: from b to c. */
    private static float spline(float a, float b, float c, float d, float t) {
        return 0.5f * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
    }

    /** Elastic: a sum of a few slow waves moves everything. Then slant, turn and squeeze. */
    private void bend(Draws draws) {
        for (var i = 0; i < waves.length; i += 6) {
            waves[i] = draws.gaussian() * 3.5f;
            waves[i + 1] = draws.gaussian() * 3.5f;
            waves[i + 2] = draws.between(0, 6.2831855f);
            waves[i + 3] = draws.between(0, 6.2831855f);
            waves[i + 4] = draws.gaussian() * 0.038f;
            waves[i + 5] = draws.gaussian() * 0.038f;
        }
        var turn = 0.15f * draws.gaussian();
        var slant = -0.08f + 0.24f * draws.gaussian();
        var wide = draws.between(0.6f, 1.15f);
        var cos = (float) StrictMath.cos(turn);
        var sin = (float) StrictMath.sin(turn);
        for (var i = 0; i < length; i += 2) {
            var x = path[i] - 0.5f;
            var y = path[i + 1] - 0.5f;
            var dx = 0f;
            var dy = 0f;
            for (var w = 0; w < waves.length; w += 6) {
                var phase = waves[w] * x + waves[w + 1] * y;
                dx += waves[w + 4] * sine(phase + waves[w + 2]);
                dy += waves[w + 5] * sine(phase + waves[w + 3]);
            }
            x = (x + dx) * wide;
            y += dy;
            x += slant * y;
            path[i] = cos * x - sin * y;
            path[i + 1] = sin * x + cos * y;
        }
    }

    /** Within 0.1 % of the sine, with the same bits on every machine, and much faster than StrictMath's. */
    private static float sine(float x) {
        var turns = x * 0.15915494f;
        turns -= (float) Math.floor(turns + 0.5f);
        var y = turns * (8 - 16 * Math.abs(turns));
        return y * (0.775f + 0.225f * Math.abs(y));
    }

    /** Fits the digit into the middle 20/28 of the canvas, a bit more or less, and moves its centre of mass to the middle, about. */
    private void place(Draws draws) {
        float left = 9;
        float right = -9;
        float top = 9;
        float bottom = -9;
        var mx = 0f;
        var my = 0f;
        for (var i = 0; i < length; i += 2) {
            left = Math.min(left, path[i]);
            right = Math.max(right, path[i]);
            top = Math.min(top, path[i + 1]);
            bottom = Math.max(bottom, path[i + 1]);
            mx += path[i];
            my += path[i + 1];
        }
        var points = length / 2;
        var box = side * (18f / 28) * draws.between(SMALLEST, 1.07f);
        var scale = box / Math.max(bottom - top, right - left);
        var middle = side / 2f;
        var cx = middle - scale * mx / points + side * 0.025f * draws.gaussian();
        var cy = middle - scale * my / points + side * 0.025f * draws.gaussian();
        for (var i = 0; i < length; i += 2) {
            path[i] = path[i] * scale + cx;
            path[i + 1] = path[i + 1] * scale + cy;
        }
    }

    private void ink(Draws draws) {
        Arrays.fill(canvas, 0);
        var thick = side / 28f * draws.between(THINNEST, 1.75f);
        var swell = draws.between(0, SWELL);
        var phase = draws.between(0, 6.2831855f);
        var start = 0;
        for (var s = 0; s < strokes; s++) {
            for (var i = start; i + 3 < ends[s]; i += 2) {
                var radius = thick * (1 + swell * sine(phase + i * 0.06f));
                piece(path[i], path[i + 1], path[i + 2], path[i + 3], radius, false);
            }
            start = ends[s];
        }
    }

    /** A straight piece with round ends, of ink or of paper; its border is one pixel soft. */
    private void piece(float x0, float y0, float x1, float y1, float radius, boolean erase) {
        var reach = radius + 0.5f;
        var fromX = Math.max(0, (int) Math.ceil(Math.min(x0, x1) - reach - 0.5f));
        var toX = Math.min(side - 1, (int) Math.floor(Math.max(x0, x1) + reach - 0.5f));
        var fromY = Math.max(0, (int) Math.ceil(Math.min(y0, y1) - reach - 0.5f));
        var toY = Math.min(side - 1, (int) Math.floor(Math.max(y0, y1) + reach - 0.5f));
        var dx = x1 - x0;
        var dy = y1 - y0;
        var inverse = 1 / (dx * dx + dy * dy + 1e-12f);
        for (var py = fromY; py <= toY; py++) {
            var ry = py + 0.5f - y0;
            for (var px = fromX; px <= toX; px++) {
                var rx = px + 0.5f - x0;
                var t = Math.max(0, Math.min(1, (rx * dx + ry * dy) * inverse));
                var ax = rx - t * dx;
                var ay = ry - t * dy;
                var d2 = ax * ax + ay * ay;
                if (d2 < reach * reach) {
                    var ink = Math.min(1, reach - (float) Math.sqrt(d2));
                    var at = py * side + px;
                    canvas[at] = erase ? Math.min(canvas[at], 1 - ink) : Math.max(canvas[at], ink);
                }
            }
        }
    }
}
