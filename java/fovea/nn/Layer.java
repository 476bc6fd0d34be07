package fovea.nn;

import fovea.Session;
import fovea.Shape;

/**
 * A piece of a network as data: pure configuration, comparable and printable, with no parameters of its own. {@link #build} walks
 * shapes once, registers parameters by path and returns a function from tensor to tensor. Shapes are those of one sample: an image is
 * {@code [3, 32, 32]}, whatever the batch.
 *
 * <p>A layer of one's own is a record with two methods:
 *
 * <pre>{@code
 * record Residual(Layer body, Layer shortcut) implements Layer {
 *     public Shape outputShape(Shape in) { return body.outputShape(in); }
 *     public Block build(Scope scope, Shape in) {
 *         var f = scope.build("body", body, in);
 *         var g = scope.build("shortcut", shortcut, in);
 *         return x -> f.forward(x).add(g.forward(x));
 *     }
 * }
 * }</pre>
 */
public interface Layer {
    /** What comes out for one sample of this shape; an {@link IllegalArgumentException} says what came, what is needed and why. */
    Shape outputShape(Shape in);

    /** Registers parameters and buffers in the scope and returns the computation. In a dry build (a summary) they are null. */
    Block build(Scope scope, Shape in);

    /** Multiply-accumulates for one sample, those of inner layers not included. */
    default long macs(Shape in) {
        return 0;
    }

    /**
     * Whether its block keeps no tensor beyond the forward call, neither what it got nor what it gave. Containers then give inner
     * tensors back early. A layer that remembers a tensor for a later one (a skip connection by field) must say false.
     */
    default boolean holdsNothing() {
        return false;
    }

    /** How a summary names it. */
    default String label() {
        return toString();
    }

    /** A model in a session, for samples of this shape; its initial weights depend on the seed and their paths alone. */
    default Model build(Session session, Shape in, long seed) {
        return build(session, in, seed, BuildOptions.DEFAULT);
    }

    default Model build(Session session, Shape in, long seed, BuildOptions options) {
        return Model.build(this, session, in, seed, options);
    }

    /** Layers, shapes, parameters and costs for samples of this shape, without building anything. */
    default Summary summary(Shape in) {
        return SmallestInput.check(this, in, BuildOptions.DEFAULT);
    }
}
