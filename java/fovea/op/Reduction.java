package fovea.op;

/** What becomes of the losses of a batch. */
public enum Reduction {
    /** One loss per sample (and position). */
    NONE,
    /** Their mean; where classes are weighted, the weighted mean. */
    MEAN, SUM
}
