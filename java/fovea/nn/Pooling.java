package fovea.nn;

import fovea.Mode;
import fovea.Shape;
import fovea.op.AvgPool;
import fovea.op.Extents;
import fovea.op.LpPool;
import fovea.op.MaxPool;
import fovea.op.Op;
import fovea.op.Rounding;
import fovea.op.StochasticPool;
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
 * @param power of norms: p
 */
public record Pooling(Kind kind, Window window, boolean countPadding, float power) implements Layer {
    /** Which number. */
    public enum Kind {
        MAX, AVERAGE, SUM,
        /** The p-norm. */
        NORM,
        /** In TRAIN steps an element drawn in proportion to its size, in EVAL steps the mean of what could be drawn. */
        STOCHASTIC
    }

    static Pooling of(Kind kind, int rank, int... kernel) {
        var extents = Extents.spread(rank, kernel);
        var each = IntStream.range(0, rank).map(extents::at).toArray();
        return new Pooling(kind, Window.of(each), true, 2);
    }

    /** One number for all axes, or one for each. */
    public Pooling stride(int... each) {
        return new Pooling(kind, window.stride(each), countPadding, power);
    }

    /** One number for all axes, or one for each. */
    public Pooling padding(int... each) {
        return new Pooling(kind, window.padding(each), countPadding, power);
    }

    public Pooling dilation(int... each) {
        return new Pooling(kind, window.dilation(each), countPadding, power);
    }

    /** Padding before and behind the input. */
    public Pooling padding(Extents begin, Extents end) {
        return new Pooling(kind, window.padding(begin, end), countPadding, power);
    }

    /** Rounds the number of windows up: the last one may reach over the end. */
    public Pooling ceil() {
        return rounding(Rounding.CEIL);
    }

    /** What happens where the windows do not end with the input. */
    public Pooling rounding(Rounding way) {
        return new Pooling(kind, window.rounding(way), countPadding, power);
    }

    /** Of means: whether padding counts as elements. */
    public Pooling countPadding(boolean yes) {
        return new Pooling(kind, window, yes, power);
    }

    /** Of norms: another p. */
    public Pooling power(float p) {
        return new Pooling(kind, window, countPadding, p);
    }

    private Op op() {
        return switch (kind) {
            case MAX -> new MaxPool(window);
            case AVERAGE -> new AvgPool(window, countPadding);
            case SUM -> new SumPool(window);
            case NORM -> new LpPool(window, power);
            case STOCHASTIC -> new StochasticPool(window, false);
        };
    }

    private String name() {
        return switch (kind) {
            case MAX -> "maxPool";
            case AVERAGE -> "avgPool";
            case SUM -> "sumPool";
            case NORM -> "lpPool";
            case STOCHASTIC -> "stochasticPool";
        } + window.rank() + "d";
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial(name(), in, window.rank());
        return Shapes.through(op(), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return kind == Kind.STOCHASTIC ? drawing() : new OpBlock(op());
    }

    private Block drawing() {
        var train = new StochasticPool(window, true);
        var eval = op();
        return x -> x.step().apply(x.step().mode() == Mode.TRAIN ? train : eval, x);
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return name() + " " + window + (kind == Kind.NORM ? ", p " + power : "");
    }
}
