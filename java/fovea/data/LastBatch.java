package fovea.data;

/** What happens to the last batch of an epoch where the batch size does not divide the number of images. */
public enum LastBatch {
    /** It is shorter. */
    KEEP,
    /** It is left out: every batch has the full size. */
    DROP,
    /** It is filled up with the first images of the epoch: {@link Batch#valid()} says how many are its own. */
    PAD
}
