package fovea.data;

/** What a network learns from, and what it is judged by. */
public record Split(Dataset train, Dataset test) {
    public Split {
        if (!train.imageShape().equals(test.imageShape()) || !train.classes().equals(test.classes())) {
            throw new IllegalArgumentException(
                    "split: training images are %s of %d classes, test images %s of %d; both must agree".formatted(
                            train.imageShape(), train.classes().size(), test.imageShape(), test.classes().size()));
        }
    }
}
