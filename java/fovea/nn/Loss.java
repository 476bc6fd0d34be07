package fovea.nn;

import fovea.Tensor;

/**
 * What training makes small: one number from what a network gave and what it should have given.
 *
 * <pre>{@code
 * Loss distance = (output, target) -> output.sub(target).square().mean();
 * }</pre>
 */
@FunctionalInterface
public interface Loss {
    /** A tensor with one element. */
    Tensor of(Tensor output, Tensor target);
}
