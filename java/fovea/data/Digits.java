package fovea.data;

import fovea.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The built-in data set: digits as if written by hand, drawn when asked for from strokes that this library brings along. It needs no
 * download. 28 x 28 bytes each like MNIST, white on black; training and test digits come from streams that have nothing in common.
 *
 * <pre>{@code
 * var digits = Digits.split();                         // 60,000 to learn from, 10,000 to test
 * var large = Digits.train(5_000, 56, 1);              // another 5,000, of 56 x 56, for seed 1
 * }</pre>
 */
public final class Digits implements Dataset {
    private static final List<String> NAMES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    private static final int CHUNK = 64;

    private final String name;
    private final int side;
    private final byte[] labels;
    private final byte[] pixels;

    private Digits(String name, int count, int side, long seed, long stream) {
        if (count < 1 || side < 8 || (long) count * side * side > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(("digits: %d images of %d x %d; give at least 1 image and a side of at least 8,"
                    + " 2 GB in all").formatted(count, side, side));
        }
        this.name = name;
        this.side = side;
        labels = new byte[count];
        pixels = new byte[count * side * side];
        IntStream.range(0, (count + CHUNK - 1) / CHUNK).parallel().forEach(chunk -> {
            var pen = new Pen(side);
            var draws = new Draws();
            for (var i = chunk * CHUNK; i < Math.min(count, (chunk + 1) * CHUNK); i++) {
                draws.at(seed, stream, i);
                labels[i] = (byte) draws.below(10);
                pen.write(labels[i], draws, pixels, i * side * side);
            }
        });
    }

    /** 60,000 training and 10,000 test digits of 28 x 28. */
    public static Split split() {
        return split(60_000, 10_000, 28, 0);
    }

    public static Split split(int train, int test, int side, long seed) {
        return new Split(train(train, side, seed), test(test, side, seed));
    }

    /** Digits to learn from: the first ones are the same however many there are. */
    public static Digits train(int count, int side, long seed) {
        return new Digits("training digits", count, side, seed, 1);
    }

    /** Digits that no seed makes part of the training digits. */
    public static Digits test(int count, int side, long seed) {
        return new Digits("test digits", count, side, seed, 2);
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public Shape imageShape() {
        return Shape.of(1, side, side);
    }

    @Override
    public List<String> classes() {
        return NAMES;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public void read(int index, Image image) {
        System.arraycopy(pixels, index * side * side, image.bytes(1, side, side), 0, side * side);
    }

    @Override
    public String toString() {
        return "%,d %s of %d x %d".formatted(labels.length, name, side, side);
    }
}
