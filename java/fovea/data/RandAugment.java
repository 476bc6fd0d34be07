package fovea.data;

/** This many changes, one after the other, each drawn from 14 (turn, shear, move, colour, tones ...), all with one strength of 0 to 1. */
public record RandAugment(int changes, float strength) implements Augmentation {
    public RandAugment {
        Rules.require(changes >= 1 && changes <= 16, "rand augment: %d changes; give 1 to 16", changes);
        Rules.share("rand augment", "strength", strength);
    }

    @Override
    public void apply(Image image, Draws draws) {
        for (var i = 0; i < changes; i++) {
            Change.any(draws).apply(image, strength, draws);
        }
    }
}
