package fovea.nn;

import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;

/**
 * A place in a model while it is being built: a path, below which a layer registers parameters and buffers and builds its children.
 *
 * <pre>{@code
 * public Block build(Scope scope, Shape in) {
 *     var scale = scope.parameter("scale", Shape.of(in.dim(0)), Init.constant(1));
 *     var body = scope.build("body", inner, in);
 *     return x -> body.forward(x).mul(scale);
 * }
 * }</pre>
 */
public final class Scope {
    private final Registry registry;
    private final String path;
    /** Parameters that are there already are used again instead of being refused. */
    private final boolean sharing;

    Scope(Registry registry, String path, boolean sharing) {
        this.registry = registry;
        this.path = path;
        this.sharing = sharing;
    }

    /** Where in the model, for example {@code features.3}; empty at the top. */
    public String path() {
        return path;
    }

    /** The session of the model, or null in a dry build. */
    public Session session() {
        return registry.session;
    }

    /** Whether only shapes are walked: parameters, buffers and the session are null, and blocks are never called. */
    public boolean isDry() {
        return registry.session == null;
    }

    public BuildOptions options() {
        return registry.options;
    }

    /** The place of a child. An empty name is this place itself. */
    public Scope child(String name) {
        for (var part : name.isEmpty() ? new String[0] : name.split("\\.", -1)) {
            checkName(part);
        }
        return name.isEmpty() ? this : new Scope(registry, Registry.join(path, name), sharing);
    }

    private static void checkName(String name) {
        if (name.isBlank() || name.chars().anyMatch(c -> c == '.' || c == '*' || c == '?' || Character.isWhitespace(c))) {
            throw new IllegalArgumentException("'%s' is no name for a layer or parameter; use letters, digits, '_' or '-'".formatted(name));
        }
    }

    /** A place at the top of the model where every layer that is built finds the parameters of the one before: shared weights. */
    public Scope shared(String name) {
        checkName(name);
        return new Scope(registry, name, true);
    }

    /**
     * Builds a child layer: its errors carry its path, ops of its block run under its path, hooks can be set on it, and a summary
     * lists it.
     */
    public Block build(String name, Layer layer, Shape in) {
        return registry.build(child(name), layer, in, !name.isEmpty());
    }

    /** A trainable parameter, whose fans are taken from its shape as PyTorch does: {@code [out, in, window...]}. */
    public Parameter parameter(String name, Shape shape, Init init) {
        return parameter(name, shape, init, Fans.of(shape));
    }

    /** A trainable parameter, filled by the initializer from the model's seed and the parameter's path. */
    public Parameter parameter(String name, Shape shape, Init init, Fans fans) {
        checkName(name);
        return registry.parameter(Registry.join(path, name), shape, init, fans, sharing);
    }

    /** A tensor that is saved with the model but not trained: running statistics. */
    public Tensor buffer(String name, Shape shape, float initial) {
        return buffer(name, shape, Init.constant(initial));
    }

    /** The same, filled like a parameter: fixed weights. */
    public Tensor buffer(String name, Shape shape, Init init) {
        checkName(name);
        return registry.buffer(Registry.join(path, name), shape, init, sharing);
    }

    Registry registry() {
        return registry;
    }
}
