package fovea.op;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Many elements to one, along some axes or all of them. Sums are formed in an order that depends on the shape alone: the same bits
 * for any number of threads.
 *
 * <pre>{@code
 * var loss = errors.mean();                                    // of all elements: a scalar
 * var perChannel = x.sum(0, 2, 3);                             // [n, c, h, w] -> [c]
 * var centred = x.sub(x.reduce(Reduce.of(Reduce.Kind.MEAN, 1).keepingDims()));
 * }</pre>
 *
 * @param axes none stands for all; a negative one counts from the end
 * @param keepDims reduced axes stay, with extent 1
 */
public record Reduce(Kind kind, List<Integer> axes, boolean keepDims) implements Op {
    /** What becomes of the elements. */
    public enum Kind {
        SUM, MEAN,
        /** The mean squared distance from the mean. */
        VARIANCE,
        /** The squared distances from the mean, divided by one less than their number: unbiased. */
        SAMPLE_VARIANCE,
        /** The root of the sum of squares; at 0 its gradient is 0. */
        NORM,
        /** {@code log(sum(e^x))} without overflow. */
        LOG_SUM_EXP,
        /** The largest; the first of equals has the gradient. NaN where there is one. */
        MAX, MIN,
        /** The index of the largest among the reduced elements, as I32; the first of equals, and NaN before everything. */
        ARG_MAX, ARG_MIN;

        /** For example {@code logSumExp}. */
        @Override
        public String toString() {
            var words = name().toLowerCase(Locale.ROOT).split("_");
            for (var i = 1; i < words.length; i++) {
                words[i] = Character.toUpperCase(words[i].charAt(0)) + words[i].substring(1);
            }
            return String.join("", words);
        }
    }

    public Reduce {
        axes = List.copyOf(axes);
    }

    public static Reduce of(Kind kind, int... axes) {
        return new Reduce(kind, IntStream.of(axes).boxed().toList(), false);
    }

    /** Reduced axes stay, with extent 1. */
    public Reduce keepingDims() {
        return new Reduce(kind, axes, true);
    }

    /** Bit d is set where axis d of the shape is reduced. */
    public int mask(Shape x) {
        var mask = 0;
        for (var axis : axes) {
            var bit = 1 << Checks.axis(kind.toString(), axis, x);
            Checks.require((mask & bit) == 0, "%s: axis %d is named twice in %s", kind, axis, axes);
            mask |= bit;
        }
        return axes.isEmpty() ? (1 << x.rank()) - 1 : mask;
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs(kind.toString(), inputs, 1);
        var x = Checks.f32(kind.toString(), "x", inputs.getFirst());
        var mask = mask(x);
        var dims = IntStream.range(0, x.rank()).filter(d -> keepDims || (mask >> d & 1) == 0)
                .mapToLong(d -> (mask >> d & 1) == 0 ? x.dim(d) : 1).toArray();
        var y = Shape.of(dims);
        Checks.require(kind != Kind.SAMPLE_VARIANCE || x.elements() > y.elements(),
                "sampleVariance: %s has one element along axes %s; it needs two or more (or use VARIANCE)", x, axes);
        return List.of(new Spec(y, differentiable() ? ElementType.F32 : ElementType.I32));
    }

    @Override
    public boolean differentiable() {
        return kind != Kind.ARG_MAX && kind != Kind.ARG_MIN;
    }

    @Override
    public int savedForBackward() {
        return switch (kind) {
            case VARIANCE, SAMPLE_VARIANCE -> INPUT;
            case NORM, LOG_SUM_EXP -> INPUT | OUTPUT;
            case SUM, MEAN, MAX, MIN, ARG_MAX, ARG_MIN -> 0;
        };
    }
}
