package fovea.data;

import fovea.ElementType;

/** Takes every pixel from another place, between four pixels as a rule; outside is black. */
final class Warp {
    /** Where the pixel (x, y) comes from; coordinates count from the centre of the pixel (0, 0). */
    interface Source {
        float x(int x, int y);

        float y(int x, int y);
    }

    private Warp() {
    }

    static void apply(Image image, Source source) {
        var h = image.height();
        var w = image.width();
        var plane = h * w;
        var bytes = image.type() == ElementType.U8;
        var toBytes = bytes ? image.spareBytes(image.elements()) : null;
        var toFloats = bytes ? null : image.spareFloats(image.elements());
        for (var y = 0; y < h; y++) {
            for (var x = 0; x < w; x++) {
                var sx = source.x(x, y);
                var sy = source.y(x, y);
                var x0 = (int) Math.floor(sx);
                var y0 = (int) Math.floor(sy);
                var fx = sx - x0;
                var fy = sy - y0;
                for (var c = 0; c < image.channels(); c++) {
                    var a = (1 - fx) * at(image, c, y0, x0) + fx * at(image, c, y0, x0 + 1);
                    var b = (1 - fx) * at(image, c, y0 + 1, x0) + fx * at(image, c, y0 + 1, x0 + 1);
                    var v = (1 - fy) * a + fy * b;
                    if (bytes) {
                        toBytes[c * plane + y * w + x] = Image.clamp(v);
                    } else {
                        toFloats[c * plane + y * w + x] = v;
                    }
                }
            }
        }
        if (bytes) {
            image.swapBytes(h, w);
        } else {
            image.swapFloats(h, w);
        }
    }

    private static float at(Image image, int c, int y, int x) {
        return x < 0 || y < 0 || x >= image.width() || y >= image.height() ? 0 : image.get((c * image.height() + y) * image.width() + x);
    }

    /** Turned, scaled, sheared about the middle and then moved; angles in degrees, distances in pixels. */
    static void affine(Image image, double degrees, double scale, double shearX, double shearY, double moveX, double moveY) {
        var angle = StrictMath.toRadians(degrees);
        var cos = StrictMath.cos(angle) * scale;
        var sin = StrictMath.sin(angle) * scale;
        // forward = turn and scale after shear; its inverse says where a pixel comes from
        var a = cos - sin * shearY;
        var b = cos * shearX - sin;
        var c = sin + cos * shearY;
        var d = sin * shearX + cos;
        var det = a * d - b * c;
        var ia = (float) (d / det);
        var ib = (float) (-b / det);
        var ic = (float) (-c / det);
        var id = (float) (a / det);
        var cx = (image.width() - 1) / 2f;
        var cy = (image.height() - 1) / 2f;
        var mx = cx + (float) moveX;
        var my = cy + (float) moveY;
        apply(image, new Source() {
            @Override
            public float x(int x, int y) {
                return ia * (x - mx) + ib * (y - my) + cx;
            }

            @Override
            public float y(int x, int y) {
                return ic * (x - mx) + id * (y - my) + cy;
            }
        });
    }
}
