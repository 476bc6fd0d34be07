package fovea.data;

import java.util.Iterator;

/** One epoch over a dataset in an order of its own. A {@link Loader} does the same for many epochs with one set of buffers. */
public record Shuffled(Dataset dataset, Loader.Options options, long epoch) {
    /** These augmentations on every image, drawn anew in every epoch. */
    public Shuffled augment(Augmentation... augmentations) {
        return new Shuffled(dataset, options.augment(augmentations), epoch);
    }

    /** The batches, prepared ahead by worker threads. */
    public Iterable<Batch> batches(int size) {
        return once(dataset, options.batch(size), epoch);
    }

    static Iterable<Batch> once(Dataset dataset, Loader.Options options, long epoch) {
        return () -> {
            var loader = new Loader(dataset, options);
            var batches = loader.epoch(epoch).iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    if (batches.hasNext()) {
                        return true;
                    }
                    loader.close();
                    return false;
                }

                @Override
                public Batch next() {
                    return batches.next();
                }
            };
        };
    }
}
