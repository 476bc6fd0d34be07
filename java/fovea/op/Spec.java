package fovea.op;

import fovea.ElementType;
import fovea.Shape;

/** Shape and element type: all that shape inference knows of a tensor. */
public record Spec(Shape shape, ElementType type) {
    public static Spec f32(Shape shape) {
        return new Spec(shape, ElementType.F32);
    }

    @Override
    public String toString() {
        return type == ElementType.F32 ? shape.toString() : type + " " + shape;
    }
}
