package fovea.nn;

import fovea.Tensor;

/** A built {@link Layer}: a function from tensor to tensor, called once or more in every step. */
@FunctionalInterface
public interface Block {
    Tensor forward(Tensor x);
}
