package fovea.data;

import fovea.ElementType;
import fovea.Shape;

/**
 * A change of one image, at random or not. Implementations are records: configuration without state, so one object serves all
 * threads. All randomness comes from the draws, which belong to (seed, epoch, index of the image).
 *
 */
@FunctionalInterface
public interface Augmentation {
    void apply(Image image, Draws draws);

    /** The shape of the result for images of this shape; an exception where they do not fit. */
    default Shape outputShape(Shape in) {
        return in;
    }

    default ElementType outputType(ElementType in) {
        return in;
    }
}
