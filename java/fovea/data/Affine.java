package fovea.data;

/**
 * Turns by up to these degrees, moves by up to this share of the sides, scales between two factors and shears by up to these degrees,
 * all at once and uniformly drawn. New corners are black.
 */
public record Affine(float degrees, float move, float leastScale, float mostScale, float shear) implements Augmentation {
    public Affine {
        Rules.atLeast0("affine", "degrees", degrees);
        Rules.share("affine", "move", move);
        Rules.require(leastScale > 0 && leastScale <= mostScale && mostScale < 1e3, "affine: scale %s to %s; give 0 < least <= most",
                leastScale,
                mostScale);
        Rules.require(shear >= 0 && shear < 80, "affine: shear is %s degrees; give 0 to 80", shear);
    }

    @Override
    public void apply(Image image, Draws draws) {
        var turn = draws.between(-degrees, degrees);
        var scale = draws.between(leastScale, mostScale);
        var lean = StrictMath.tan(StrictMath.toRadians(draws.between(-shear, shear)));
        var x = draws.between(-move, move) * image.width();
        var y = draws.between(-move, move) * image.height();
        Warp.affine(image, turn, scale, lean, 0, x, y);
    }
}
