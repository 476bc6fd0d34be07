package fovea.nn;

import fovea.Shape;

/** Numbers with a shape, on the heap: what is loaded into a parameter or buffer. Row-major; not copied. */
public record Array(Shape shape, float[] elements) {
    public Array {
        if (shape.elements() != elements.length) {
            throw new IllegalArgumentException("shape %s has %d elements, the array has %d".formatted(
                    shape, shape.elements(), elements.length));
        }
    }

    @Override
    public String toString() {
        return "Array" + shape;
    }
}
