package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Labelled images, or series or clips, read by index. Implement it for data of your own: all methods are called from several threads at once.
 *
 * <pre>{@code
 * var mnist = Mnist.read(Path.of("data/mnist"));
 * for (var batch : mnist.train().shuffled(epoch).batches(128)) {
 *     try (var step = session.step(Mode.TRAIN)) {
 *         step.backward(model.forward(step.input(batch)).crossEntropy(batch.labels()));
 *         sgd.step();
 *     }
 * }
 * }</pre>
 */
public interface Dataset {
    /** How many images there are. */
    int size();

    /** [channels, height, width] of every image; [channels, length] of series, [channels, frames, height, width] of clips. */
    Shape imageShape();

    /** {@link ElementType#U8}, 0 to 255, or {@link ElementType#F32}, where 0 is black and 1 is white. */
    default ElementType type() {
        return ElementType.U8;
    }

    /** The names of the classes; a label is a place in this list. */
    List<String> classes();

    /** The class of an image, from 0. */
    int label(int index);

    /**
     * Puts an image into the buffer: {@link Image#bytes(int, int, int)} or {@link Image#floats(int, int, int)}, then all its elements. A
     * series is an image of one row, and a clip one with its frames one below the other.
     */
    void read(int index, Image image);

    /** A loader of batches; close it. */
    default Loader loader(Loader.Options options) {
        return new Loader(this, options);
    }

    /** Batches in the order of the images; the last one is shorter where the size does not divide. */
    default Iterable<Batch> batches(int size) {
        return Shuffled.once(this, Loader.options(size), 0);
    }

    /** One epoch in an order that depends on the epoch's number alone. */
    default Shuffled shuffled(long epoch) {
        return shuffled(0, epoch);
    }

    /** One epoch in an order that depends on the seed and the epoch's number. */
    default Shuffled shuffled(long seed, long epoch) {
        return new Shuffled(this, Loader.options(1).seed(seed).shuffle(true), epoch);
    }

    /** A part of this dataset: these images, in this order, repetitions included. */
    default Dataset select(int... indices) {
        return new Selection(this, indices.clone());
    }

    /** The images from one index (inclusive) to another (exclusive). */
    default Dataset range(int from, int to) {
        if (from < 0 || to > size() || from >= to) {
            throw new IllegalArgumentException("range %d to %d of a dataset with %d images; give 0 <= from < to <= %d".formatted(
                    from, to, size(), size()));
        }
        return new Selection(this, IntStream.range(from, to).toArray());
    }
}
