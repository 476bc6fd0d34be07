package fovea.data;

/** A black square of this side about a pixel anywhere in the image; what falls outside is lost. */
public record Cutout(int side) implements Augmentation {
    public Cutout {
        Rules.require(side >= 1, "cutout: side %d; give at least 1", side);
    }

    @Override
    public void apply(Image image, Draws draws) {
        Erase.clear(image, draws.below(image.height()) - side / 2, draws.below(image.width()) - side / 2, side, side);
    }
}
