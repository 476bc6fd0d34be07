package fovea.nn;

/** Sees the gradient with respect to what a layer gives, and may change it before it flows on into the layer. */
@FunctionalInterface
public interface GradientHook {
    /** The gradient to go on with, row-major: the array itself (or null) to leave it as it is, or one of the same length. */
    float[] see(String path, float[] gradient);
}
