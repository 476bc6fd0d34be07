package fovea.nn;

import fovea.Shape;
import fovea.op.AvgPool;
import fovea.op.Extents;
import fovea.op.MaxPool;
import fovea.op.Op;
import fovea.op.Rounding;
import fovea.op.SumPool;
import fovea.op.Window;
import java.util.stream.IntStream;

/**
 * One number of every window; {@code Layers.maxPool2d(kernel)} and its kin make one. The stride is the kernel unless said otherwise.
 *
 * <pre>{@code
 * maxPool2d(3).stride(2).padding(1)
 * avgPool2d(2).countPadding(false)
 * }</pre>
 *
 * @param countPadding of means: whether padding counts as elements
 */
public record Pooling(Kind kind, Window window, boolean countPadding) implements Layer {
    /** Which number. */
    public enum Kind {
        MAX, AVERAGE, SUM
    }

    static Pooling of(Kind kind, int rank, int... kernel) {
        var extents = Extents.spread(rank, kernel);
        var each = IntStream.range(0, rank).map(extents::at).toArray();
        return new Pooling(kind, Window.of(each), true);
    }

    /** One number for all axes, or one for each. */
    public Pooling stride(int... each) {
        return new Pooling(kind, window.stride(each), countPadding);
    }

    /** One number for all axes, or one for each. */
    public Pooling padding(int... each) {
        return new Pooling(kind, window.padding(each), countPadding);
    }

    public Pooling dilation(int... each) {
        return new Pooling(kind, window.dilation(each), countPadding);
    }

    /** Padding before and behind the input. */
    public Pooling padding(Extents begin, Extents end) {
        return new Pooling(kind, window.padding(begin, end), countPadding);
    }

    /** Rounds the number of windows up: the last one may reach over the end. */
    public Pooling ceil() {
        return rounding(Rounding.CEIL);
    }

    /** What happens where the windows do not end with the input. */
    public Pooling rounding(Rounding way) {
        return new Pooling(kind, window.rounding(way), countPadding);
    }

    /** Of means: whether padding counts as elements. */
    public Pooling countPadding(boolean yes) {
        return new Pooling(kind, window, yes);
    }

    private Op op() {
        return switch (kind) {
            case MAX -> new MaxPool(window);
            case AVERAGE -> new AvgPool(window, countPadding);
            case SUM -> new SumPool(window);
        };
    }

    private String name() {
        return switch (kind) {
            case MAX -> "maxPool";
            case AVERAGE -> "avgPool";
            case SUM -> "sumPool";
        } + window.rank() + "d";
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial(name(), in, window.rank());
        return Shapes.through(op(), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new OpBlock(op());
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return name() + " " + window;
    }
}
