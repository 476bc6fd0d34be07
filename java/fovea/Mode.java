package fovea;

/** What a {@link Step} is for. Layers read it: there is no switch on the model to forget. */
public enum Mode {
    /** Batch norm uses the batch, dropout drops, and parameters that are not frozen receive gradients. */
    TRAIN,
    /** Running statistics, no dropout, no gradients except towards inputs that are tracked. */
    EVAL
}
