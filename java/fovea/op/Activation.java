package fovea.op;

/** What an op may apply to its result on the way out. Only functions whose gradient can be told from the result itself. */
public enum Activation {
    NONE,
    /** max(y, 0) */
    RELU
}
