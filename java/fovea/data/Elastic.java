package fovea.data;

/**
 * Moves every pixel along a smooth random field: gaussian displacements with this deviation in pixels at the nodes of a grid this many
 * pixels wide, and smoothly between them.
 */
public record Elastic(float deviation, int grid) implements Augmentation {
    public Elastic {
        Rules.atLeast0("elastic", "deviation", deviation);
        Rules.require(grid >= 2, "elastic: the grid is %d pixels wide; give at least 2", grid);
    }

    @Override
    public void apply(Image image, Draws draws) {
        var columns = (image.width() - 1) / grid + 2;
        var nodes = new float[2 * columns * ((image.height() - 1) / grid + 2)];
        for (var i = 0; i < nodes.length; i++) {
            nodes[i] = deviation * draws.gaussian();
        }
        Warp.apply(image, new Warp.Source() {
            @Override
            public float x(int x, int y) {
                return x + at(x, y, 0);
            }

            @Override
            public float y(int x, int y) {
                return y + at(x, y, 1);
            }

            private float at(int x, int y, int axis) {
                var node = 2 * (y / grid * columns + x / grid) + axis;
                var fx = smooth((float) (x % grid) / grid);
                var fy = smooth((float) (y % grid) / grid);
                var above = nodes[node] + fx * (nodes[node + 2] - nodes[node]);
                var below = nodes[node + 2 * columns] + fx * (nodes[node + 2 * columns + 2] - nodes[node + 2 * columns]);
                return above + fy * (below - above);
            }
        });
    }

    private static float smooth(float t) {
        return t * t * (3 - 2 * t);
    }
}
