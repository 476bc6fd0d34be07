package fovea.nn;

import fovea.Tensor;

/** Sees what a layer gives in every forward pass, and may give another tensor in its place. */
@FunctionalInterface
public interface ActivationHook {
    /** The tensor to go on with: y itself (or null) to leave it, or another of the same shape. */
    Tensor see(String path, Tensor y);
}
