package peers;

import java.util.ArrayList;
import java.util.List;

/** A network as a tree, which every contender reads in its own terms. Channels are those of the input, per image. */
sealed interface Part {
    record Chain(List<Part> parts) implements Part {
        Chain(Part... parts) {
            this(List.of(parts));
        }
    }

    record Conv(int channels, int filters, int kernel, int stride, int padding, boolean bias) implements Part {
    }

    record Norm(int channels, double epsilon) implements Part {
    }

    enum Simple implements Part {
        RELU, TANH, GLOBAL_AVERAGE, FLATTEN, IDENTITY
    }

    record MaxPool(int kernel, int stride, int padding, boolean ceil) implements Part {
    }

    record AveragePool(int kernel) implements Part {
    }

    record Dense(int inputs, int outputs) implements Part {
    }

    record Dropout(double p) implements Part {
    }

    /** {@code relu(body(x) + shortcut(x))}. */
    record Residual(Part body, Part shortcut) implements Part {
    }

    /** All read the same tensor; joined along the channels. */
    record Branches(List<Part> branches) implements Part {
    }

    /** Those with weights, in the order in which weights are drawn: bodies before shortcuts, branches from left to right. */
    default List<Part> weighted() {
        var all = new ArrayList<Part>();
        switch (this) {
            case Chain c -> c.parts.forEach(p -> all.addAll(p.weighted()));
            case Residual r -> {
                all.addAll(r.body.weighted());
                all.addAll(r.shortcut.weighted());
            }
            case Branches b -> b.branches.forEach(p -> all.addAll(p.weighted()));
            case Conv _,Norm _,Dense _ -> all.add(this);
            default -> {
            }
        }
        return all;
    }

    /** Trainable numbers. */
    default long parameters() {
        return weighted().stream().mapToLong(p -> switch (p) {
            case Conv c -> (long) c.filters * (c.channels * c.kernel * c.kernel + (c.bias ? 1 : 0));
            case Dense d -> (long) d.outputs * (d.inputs + 1);
            case Norm n -> 2L * n.channels;
            default -> 0;
        }).sum();
    }
}
