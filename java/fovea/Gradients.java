package fovea;

/** What a backward pass does with the gradients that parameters already hold. */
public enum Gradients {
    /** Overwrites them. */
    REPLACE,
    /** Adds to them: several micro-batches, one update. */
    ADD
}
