package fovea.data;

/** Adds a gaussian to every element; the deviation counts where white is 1. */
public record Noise(float deviation) implements Augmentation {
    public Noise {
        Rules.atLeast0("noise", "deviation", deviation);
    }

    @Override
    public void apply(Image image, Draws draws) {
        var d = deviation * image.white();
        for (var i = 0; i < image.elements(); i++) {
            image.set(i, image.get(i) + d * draws.gaussian());
        }
    }
}
