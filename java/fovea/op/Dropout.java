package fovea.op;

import java.util.List;

/**
 * Sets parts of x to 0 at random and scales the others by {@code 1 / (1 - p)}, so that the mean stays. Always random: in
 * {@link fovea.Mode#EVAL} a layer leaves the op out. The numbers depend on the session's seed and how many draws went before. Which
 * element gets which number depends on its place in memory, hence for {@link Per#ELEMENT} on the layout that x has.
 *
 * <pre>{@code
 * step.apply(new Dropout(0.5f, Dropout.Per.CHANNEL), x);
 * }</pre>
 *
 * @param p probability of being dropped, at least 0 and below 1
 */
public record Dropout(float p, Per per) implements Op {
    /** What is kept or dropped as a whole. */
    public enum Per {
        ELEMENT,
        /** All of a sample's channel, as neighbouring positions tell the same: dropout2d. */
        CHANNEL,
        /** A whole sample: stochastic depth of a residual branch. */
        SAMPLE
    }

    public Dropout {
        Checks.require(p >= 0 && p < 1, "dropout: p is %s; it must be at least 0 and below 1", p);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("dropout", inputs, 1);
        var x = Checks.f32("dropout", "x", inputs.getFirst());
        Checks.require(per == Per.ELEMENT || x.rank() >= (per == Per.CHANNEL ? 2 : 1), "dropout: x is %s; per %s it needs %s", x, per,
                per == Per.CHANNEL ? "[n, c, ...]" : "[n, ...]");
        return List.of(Spec.f32(x));
    }
}
