package fovea.data;

import fovea.Shape;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Samples that are made when they are asked for: each of a class that is drawn, out of a stream of its own, all threads at once. */
abstract sealed class Generated implements Dataset permits Clips, Digits, Sounds {
    /** Makes sample i of this class; the draws go on where the class was drawn. */
    @FunctionalInterface
    interface Maker {
        void make(int label, Draws draws, int i);
    }

    /** Few enough that all threads get some, and enough that what a maker keeps for itself serves more than one. */
    private static final int CHUNK = 64;

    private final String name;
    private final Shape shape;
    private final List<String> classes;
    private final byte[] labels;

    Generated(String name, int count, Shape shape, List<String> classes) {
        var most = (Integer.MAX_VALUE - 8) / shape.elements();
        if (count < 1 || count > most) {
            throw new IllegalArgumentException("%s: %d of them; give 1 to %d of %s".formatted(name, count, most, shape));
        }
        this.name = name;
        this.shape = shape;
        this.classes = classes;
        labels = new byte[count];
    }

    /** Draws the class of every sample and has it made; each chunk by a maker of its own. */
    final void make(long seed, long stream, Supplier<Maker> makers) {
        IntStream.range(0, Math.ceilDiv(labels.length, CHUNK)).parallel().forEach(chunk -> {
            var maker = makers.get();
            var draws = new Draws();
            for (var i = chunk * CHUNK; i < Math.min(labels.length, (chunk + 1) * CHUNK); i++) {
                draws.at(seed, stream, i);
                labels[i] = (byte) draws.below(classes.size());
                maker.make(labels[i], draws, i);
            }
        });
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public Shape imageShape() {
        return shape;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public String toString() {
        return "%,d %s".formatted(labels.length, name);
    }
}
