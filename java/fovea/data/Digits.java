package fovea.data;

import fovea.Shape;
import java.util.List;

/**
 * The built-in data set: digits as if written by hand, drawn when asked for from strokes that this library brings along. It needs no
 * download. 28 x 28 bytes each like MNIST, white on black; training and test digits come from streams that have nothing in common.
 *
 * <pre>{@code
 * var digits = Digits.split();                         // 60,000 to learn from, 10,000 to test
 * var large = Digits.train(5_000, 56, 1);              // another 5,000, of 56 x 56, for seed 1
 * }</pre>
 */
public final class Digits extends Generated {
    private static final List<String> NAMES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    private final int side;
    private final byte[] pixels;

    private Digits(String name, int count, int side, long seed, long stream) {
        super("%s of %d x %d".formatted(name, side, side), count, shape(side), NAMES);
        this.side = side;
        pixels = new byte[count * side * side];
        make(seed, stream, () -> {
            var pen = new Pen(side);
            return (label, draws, i) -> pen.write(label, draws, pixels, i * side * side);
        });
    }

    private static Shape shape(int side) {
        if (side < 8) {
            throw new IllegalArgumentException("digits: a side of %d; give at least 8".formatted(side));
        }
        return Shape.of(1, side, side);
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
    public void read(int index, Image image) {
        System.arraycopy(pixels, index * side * side, image.bytes(1, side, side), 0, side * side);
    }
}
