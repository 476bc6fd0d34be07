package fovea.op;

import fovea.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** The axes in another order: axis k of y is axis {@code axes[k]} of x. Negative axes count from the end. */
public record Permute(List<Integer> axes) implements Op {
    public Permute {
        axes = List.copyOf(axes);
        Checks.require(axes.size() <= Shape.MAX_RANK, "permute: %d axes; at most %d are possible", axes.size(), Shape.MAX_RANK);
    }

    public static Permute of(int... axes) {
        return new Permute(IntStream.of(axes).boxed().toList());
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("permute", inputs, 1);
        var x = inputs.getFirst();
        return List.of(new Spec(Shape.of(IntStream.of(order(x.shape())).mapToLong(x.shape()::dim).toArray()), x.type()));
    }

    /** The axes of x in the order that y has them, counted from 0. */
    public int[] order(Shape x) {
        Checks.require(axes.size() == x.rank(), "permute: %s names %d axes, x is %s with %d; name each axis once", axes, axes.size(), x,
                x.rank());
        var order = axes.stream().mapToInt(axis -> Checks.axis("permute", axis, x)).toArray();
        Checks.require(IntStream.of(order).distinct().count() == order.length, "permute: %s names an axis twice; name each axis of %s once",
                axes, x);
        return order;
    }
}
