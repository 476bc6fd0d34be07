package fovea.data;

import fovea.ElementType;
import fovea.Session;
import fovea.runtime.Cpus;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Prepares batches ahead of the step that wants them. Order and contents depend on seed and epoch alone, not on the number of workers.
 *
 * <pre>{@code
 * var options = Loader.options(128).seed(42).shuffle(true).augment(randomCrop(32, 4), flip(), normalise(MEAN, DEVIATION));
 * try (var loader = cifar.train().loader(options)) {
 *     for (long epoch = 1; epoch <= 10; epoch++) {
 *         for (var batch : loader.epoch(epoch)) {
 *             try (var step = session.step(Mode.TRAIN)) {
 *                 step.backward(model.forward(step.input(batch)).crossEntropy(batch.labels()));
 *                 sgd.step();
 *             }
 *         }
 *         System.out.printf("waited for data: %.0f %%%n", 100 * loader.waiting());
 *     }
 * }
 * }</pre>
 */
public final class Loader implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    /**
     * @param batch images of a batch
     * @param seed of the order and of all augmentations
     * @param shuffle another order in every epoch; else that of the dataset
     * @param augmentations what happens to each image, in this order
     * @param mixing what happens to a batch then, or null
     * @param workers threads that prepare batches; 0 prepares each when it is asked for
     * @param prefetch most batches that are ready or in work ahead of the one that is out
     * @param last what happens to a last batch that is not full
     * @param balanced all classes equally often: images of small classes come several times, of large ones not in every epoch
     * @param keepBytes batches stay bytes until {@link fovea.Step#input(Batch)}: a quarter of the memory, some work in the step's thread
     */
    public record Options(int batch, long seed, boolean shuffle, List<Augmentation> augmentations, Mixing mixing, int workers,
            int prefetch, LastBatch last, boolean balanced, boolean keepBytes) {
        public Options {
            augmentations = List.copyOf(augmentations);
            require(batch >= 1, "batch is %d; give at least 1", batch);
            require(workers >= 0 && workers <= 1024, "workers is %d; give 0 to 1024", workers);
            require(prefetch >= 1 && prefetch <= 4096, "prefetch is %d; give 1 to 4096", prefetch);
            require(mixing == null || !keepBytes, "MixUp and CutMix work on floats; leave keepBytes out");
        }

        private static void require(boolean condition, String pattern, Object... args) {
            if (!condition) {
                throw new IllegalArgumentException("loader: " + pattern.formatted(args));
            }
        }

        public Options batch(int images) {
            return new Options(images, seed, shuffle, augmentations, mixing, workers, prefetch, last, balanced, keepBytes);
        }

        public Options seed(long start) {
            return new Options(batch, start, shuffle, augmentations, mixing, workers, prefetch, last, balanced, keepBytes);
        }

        public Options shuffle(boolean on) {
            return new Options(batch, seed, on, augmentations, mixing, workers, prefetch, last, balanced, keepBytes);
        }

        /** These after those given before. */
        public Options augment(Augmentation... more) {
            var all = new ArrayList<>(augmentations);
            all.addAll(List.of(more));
            return new Options(batch, seed, shuffle, all, mixing, workers, prefetch, last, balanced, keepBytes);
        }

        public Options mix(Mixing how) {
            return new Options(batch, seed, shuffle, augmentations, how, workers, prefetch, last, balanced, keepBytes);
        }

        public Options workers(int threads) {
            return new Options(batch, seed, shuffle, augmentations, mixing, threads, prefetch, last, balanced, keepBytes);
        }

        /** A quarter of the session's threads as workers, at least one: the rest stays free for arithmetic. */
        public Options within(Session session) {
            return workers(Math.max(1, session.threads() / 4));
        }

        public Options prefetch(int batches) {
            return new Options(batch, seed, shuffle, augmentations, mixing, workers, batches, last, balanced, keepBytes);
        }

        public Options last(LastBatch policy) {
            return new Options(batch, seed, shuffle, augmentations, mixing, workers, prefetch, policy, balanced, keepBytes);
        }

        public Options balanced(boolean on) {
            return new Options(batch, seed, shuffle, augmentations, mixing, workers, prefetch, last, on, keepBytes);
        }

        public Options keepBytes(boolean on) {
            return new Options(batch, seed, shuffle, augmentations, mixing, workers, prefetch, last, balanced, on);
        }
    }

    /** The order of the dataset, no augmentation, a quarter of the CPUs as workers, a short last batch. */
    public static Options options(int batch) {
        return new Options(batch, 0, false, List.of(), null, Math.max(1, Cpus.threads() / 4), 4, LastBatch.KEEP, false, false);
    }

    /**
     * A place between two batches, to go on from in another process.
     *
     * @param epoch the epoch that it is in
     * @param batch how many batches of the epoch were given out
     * @param seed the loader's, with batch size and number of images: a loader that differs in them refuses the position
     */
    public record Position(long epoch, int batch, long seed, int batchSize, int images) {
    }

    private final Dataset dataset;
    private final Options options;
    private final Prefetch prefetch;
    private final Cleaner.Cleanable cleanable;
    private long epoch;
    private int delivered;
    private long started;
    private long waited;
    private Pass current;

    Loader(Dataset dataset, Options options) {
        this.dataset = dataset;
        this.options = options;
        if (dataset.size() < 1) {
            throw new IllegalArgumentException("loader: the dataset has no images");
        }
        if (options.last() == LastBatch.DROP && dataset.size() < options.batch()) {
            throw new IllegalArgumentException("loader: %d images make no batch of %d, and short batches are dropped; use LastBatch.KEEP"
                    .formatted(dataset.size(), options.batch()));
        }
        prefetch = new Prefetch(dataset, options);
        cleanable = CLEANER.register(this, prefetch::close);
    }

    public Dataset dataset() {
        return dataset;
    }

    public Options configuration() {
        return options;
    }

    /** What the batches hold. */
    public ElementType type() {
        return prefetch.pipeline().type();
    }

    /** [channels, height, width] after the augmentations. */
    public fovea.Shape imageShape() {
        return prefetch.pipeline().shape();
    }

    public int batchesPerEpoch() {
        return Order.batches(dataset.size(), options);
    }

    /** All batches of an epoch, once. What was left of the epoch before is given up. */
    public Iterable<Batch> epoch(long number) {
        return begin(number, 0);
    }

    /** What is left of an epoch. */
    public Iterable<Batch> from(Position position) {
        var here = new Position(position.epoch, position.batch, options.seed(), options.batch(), dataset.size());
        if (!here.equals(position) || position.batch < 0 || position.batch > batchesPerEpoch()) {
            throw new IllegalArgumentException(
                    ("loader: the position %s is of other data; this loader has seed %d, batches of %d, %d images"
                            + " and %d batches").formatted(position, options.seed(), options.batch(), dataset.size(), batchesPerEpoch()));
        }
        return begin(position.epoch, position.batch);
    }

    private Pass begin(long number, int first) {
        epoch = number;
        delivered = first;
        waited = 0;
        started = System.nanoTime();
        prefetch.begin(number, first);
        current = new Pass();
        return current;
    }

    /** Behind the last batch that was given out. */
    public Position position() {
        return new Position(epoch, delivered, options.seed(), options.batch(), dataset.size());
    }

    /** Which share of the time since the epoch began was spent in waiting for batches, 0 to 1. */
    public double waiting() {
        var elapsed = System.nanoTime() - started;
        return started == 0 || elapsed <= 0 ? 0 : Math.min(1, (double) waited / elapsed);
    }

    /** Stops the workers. A loader that is forgotten is closed when it is collected. */
    @Override
    public void close() {
        cleanable.clean();
    }

    private final class Pass implements Iterable<Batch>, Iterator<Batch> {
        private boolean asked;

        @Override
        public Iterator<Batch> iterator() {
            if (asked) {
                throw new IllegalStateException("an epoch is walked once; ask the loader for epoch(%d) again".formatted(epoch));
            }
            asked = true;
            return this;
        }

        @Override
        public boolean hasNext() {
            if (current != this) {
                throw new IllegalStateException("another epoch of this loader began; walk one at a time");
            }
            if (delivered < batchesPerEpoch()) {
                return true;
            }
            prefetch.giveBack();
            return false;
        }

        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("epoch %d has %d batches".formatted(epoch, batchesPerEpoch()));
            }
            var before = System.nanoTime();
            var batch = prefetch.next(delivered);
            waited += System.nanoTime() - before;
            delivered++;
            return batch;
        }
    }
}
