package fovea.data;

/** One change drawn from the 14 of {@link RandAugment}, with a strength drawn as well: nothing to tune. */
public record TrivialAugment() implements Augmentation {
    @Override
    public void apply(Image image, Draws draws) {
        Change.any(draws).apply(image, draws.below(31) / 30f, draws);
    }
}
