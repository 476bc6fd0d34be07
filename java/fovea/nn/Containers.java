package fovea.nn;

import fovea.Tensor;

/** What layers that hold other layers have in common. */
final class Containers {
    private Containers() {
    }

    /** Gives up what a block gave, unless it is the container's own input or a hook may have kept it. */
    static void discard(Block block, Tensor y, Tensor input) {
        if (y != input && !(block instanceof Located l && l.isHooked())) {
            y.step().discard(y);
        }
    }
}
