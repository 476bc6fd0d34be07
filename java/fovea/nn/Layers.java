package fovea.nn;

import fovea.Shape;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * All layers by name, to be imported statically.
 *
 * <pre>{@code
 * import static fovea.nn.Layers.*;
 *
 * var mlp = sequential(flatten(), dense(120), relu(), dense(10));
 * }</pre>
 */
public final class Layers {
    private Layers() {
    }

    // ---- containers ----------------------------------------------------------------------------------------------------------

    /** One after the other; named 0, 1, 2, ... in parameter paths. */
    public static Sequential sequential(Layer... layers) {
        return new Sequential(List.of(layers));
    }

    public static Sequential sequential(List<? extends Layer> layers) {
        return new Sequential(List.copyOf(layers));
    }

    /** A name in parameter paths instead of the position. */
    public static Named named(String name, Layer layer) {
        return new Named(name, layer);
    }

    /** {@code body(x) + x}. */
    public static Residual residual(Layer body) {
        return new Residual(body, Identity.IDENTITY);
    }

    /** {@code body(x) + shortcut(x)}. */
    public static Residual residual(Layer body, Layer shortcut) {
        return new Residual(body, shortcut);
    }

    /** The same weights wherever a layer of this name stands. */
    public static Shared shared(String name, Layer layer) {
        return new Shared(name, layer);
    }

    /** A branch off the chain in TRAIN steps, whose result is read with {@link Model#output}. */
    public static SideOutput sideOutput(Layer head) {
        return new SideOutput(head, false);
    }

    /** Functions as a layer without parameters. */
    public static Lambda lambda(String label, UnaryOperator<Shape> shape, Block block) {
        return new Lambda(label, shape, block);
    }

    /** A function that keeps the shape as a layer. */
    public static Lambda lambda(String label, Block block) {
        return new Lambda(label, UnaryOperator.identity(), block);
    }

    public static Identity identity() {
        return Identity.IDENTITY;
    }

    // ---- shapes --------------------------------------------------------------------------------------------------------------

    public static Flatten flatten() {
        return new Flatten();
    }

    // ---- activations ---------------------------------------------------------------------------------------------------------

    public static Relu relu() {
        return new Relu();
    }
}
