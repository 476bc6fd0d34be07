package fovea.zoo;

import java.util.SplittableRandom;

/**
 * A task for networks that name a class for every place: one or two discs, squares and triangles of any bright colour and size, a little
 * turned, the one perhaps before the other, on a dark ground; all of it noisy. All kinds have the same colours, so what a bright place belongs to
 * can only be told from the outline around it.
 */
final class DrawnShapes {
    static final int CLASSES = 4;
    private final int side;
    /** [3, side, side] for each picture, about -1 to 1. */
    final float[] pixels;
    /** 0 is the ground; 1 disc, 2 square, 3 triangle. */
    final int[] labels;

    DrawnShapes(int pictures, int side, long seed) {
        this.side = side;
        pixels = new float[pictures * 3 * side * side];
        labels = new int[pictures * side * side];
        for (var p = 0; p < pictures; p++) {
            draw(p, new SplittableRandom(seed + p));
        }
    }

    private void draw(int picture, SplittableRandom random) {
        var ground = colour(random, -1, -0.4);
        paint(picture, 0, ground, (_, _) -> true);
        var shapes = random.nextInt(1, 3);
        for (var s = 0; s < shapes; s++) {
            var kind = random.nextInt(1, CLASSES);
            var radius = side * random.nextDouble(Double.parseDouble(System.getProperty("r0", "0.18")),
                    Double.parseDouble(System.getProperty("r1", "0.3")));
            var cx = random.nextDouble(radius, side - radius);
            var cy = random.nextDouble(radius, side - radius);
            var turn = random.nextDouble(-0.15, 0.15);
            var c = colour(random, 0, 1);
            paint(picture, kind, c, (x, y) -> inside(kind, turn, (x - cx) / radius, (y - cy) / radius));
        }
        var first = picture * 3 * side * side;
        for (var i = first; i < first + 3 * side * side; i++) {
            pixels[i] += (float) (0.1 * random.nextGaussian());
        }
    }

    private static float[] colour(SplittableRandom random, double low, double high) {
        return new float[] {(float) random.nextDouble(low, high), (float) random.nextDouble(low, high),
                (float) random.nextDouble(low, high)};
    }

    @FunctionalInterface
    private interface Region {
        boolean holds(int x, int y);
    }

    private void paint(int picture, int kind, float[] colour, Region region) {
        var plane = side * side;
        for (var y = 0; y < side; y++) {
            for (var x = 0; x < side; x++) {
                if (region.holds(x, y)) {
                    labels[picture * plane + y * side + x] = kind;
                    for (var c = 0; c < 3; c++) {
                        pixels[(picture * 3 + c) * plane + y * side + x] = colour[c];
                    }
                }
            }
        }
    }

    /** In a circle of radius 1 around 0: the disc in it, or a square or triangle with corners on it. */
    private static boolean inside(int kind, double turn, double x, double y) {
        if (kind == 1) {
            return Math.hypot(x, y) <= 0.85;
        }
        var corners = kind == 2 ? 4 : 3;
        var apothem = Math.cos(Math.PI / corners);
        for (var k = 0; k < corners; k++) {
            var angle = turn + 2 * Math.PI * k / corners;
            if (x * Math.cos(angle) + y * Math.sin(angle) > apothem) {
                return false;
            }
        }
        return true;
    }
}
