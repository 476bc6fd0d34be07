package fovea.nn;

import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;

/**
 * A network in a session: the computation, and its parameters and buffers by path.
 *
 * <pre>{@code
 * var model = lenet.build(session, Shape.of(1, 28, 28), 42);
 * model.freeze("features.*");
 * try (var step = session.step(Mode.EVAL)) {
 *     var logits = model.forward(step.of(Shape.of(1, 1, 28, 28), pixels));
 * }
 * }</pre>
 *
 * <p>In patterns {@code *} stands for any characters and {@code ?} for one; the path of a layer stands for everything below it.
 */
public final class Model {
    private final Registry registry;
    private final Located root;
    private final Layer layer;

    private Model(Registry registry, Located root, Layer layer) {
        this.registry = registry;
        this.root = root;
        this.layer = layer;
    }

    static Model build(Layer layer, Session session, Shape in, long seed, BuildOptions options) {
        SmallestInput.check(layer, in, options);
        var registry = new Registry(session, seed, options);
        var root = (Located) new Scope(registry, "", false).build("", layer, in);
        return new Model(registry, root, layer);
    }

    /**
     * The same network over the same parameters in the session of another thread, for EVAL passes side by side:
     *
     * <pre>{@code
     * // in a thread of its own
     * try (var mine = Session.open(Session.options().threads(1))) {
     *     var replica = model.replica(mine);
     *     ...
     * }
     * }</pre>
     *
     * <p>Its parameters are frozen. What kernels make of the weights (packed panels, folded norms) is each session's own. Nobody trains
     * the model meanwhile, and its session is closed after those of its replicas.
     */
    public Model replica(Session other) {
        var lent = registry.lent(other);
        return new Model(lent, (Located) new Scope(lent, "", false).build("", layer, root.in), layer);
    }

    public Session session() {
        return registry.session;
    }

    /** What it was built from. */
    public Layer layer() {
        return layer;
    }

    /** Shape of one sample it was built for. */
    public Shape inputShape() {
        return root.in;
    }

    public Shape outputShape() {
        return root.out;
    }

    /** The output for a batch of samples, in the open step. */
    public Tensor forward(Tensor x) {
        var shape = x.shape();
        if (shape.rank() != root.in.rank() + 1 || shape.rank() > 1 && shape.dim(1) != root.in.dim(0)) {
            throw new IllegalArgumentException("the model was built for samples of %s, so it takes [batch, %s; this is %s%s".formatted(
                    root.in, root.in.toString().substring(1), shape,
                    shape.equals(root.in) ? ": a batch of one needs a leading 1" : ""));
        }
        return root.forward(x);
    }

    /** What the {@link SideOutput} at this path gave in the last forward pass of the open step. */
    public Tensor output(String path) {
        var y = registry.outputs.get(path);
        if (y == null) {
            throw new IllegalStateException("no side output '%s' was computed; there are %s, and some only in TRAIN steps".formatted(
                    path, registry.outputs.keySet()));
        }
        return y;
    }

    // ---- parameters ----------------------------------------------------------------------------------------------------------

    /** All parameters in the order of building, frozen ones included; shared ones once. */
    public List<Parameter> parameters() {
        return List.copyOf(registry.parameters.sequencedValues());
    }

    /** Those whose path or layer matches one of the patterns. A pattern that matches none is an error. */
    public List<Parameter> parameters(String... patterns) {
        var chosen = matching(patterns);
        return registry.parameters.sequencedValues().stream().filter(p -> chosen.test(p.name())).toList();
    }

    /** All the others. */
    public List<Parameter> parametersExcept(String... patterns) {
        var left = matching(patterns);
        return registry.parameters.sequencedValues().stream().filter(p -> !left.test(p.name())).toList();
    }

    public Parameter parameter(String path) {
        var parameter = registry.parameters.get(path);
        if (parameter == null) {
            throw new IllegalArgumentException("no parameter is called '%s'; there are %s".formatted(
                    path, Names.shortened(registry.parameters.keySet())));
        }
        return parameter;
    }

    /** Tensors that are saved but not trained, by path: running statistics. */
    public SequencedMap<String, Tensor> buffers() {
        return Collections.unmodifiableSequencedMap(registry.buffers);
    }

    /** No gradients for these from now on. */
    public void freeze(String... patterns) {
        parameters(patterns).forEach(p -> p.freeze(true));
    }

    public void unfreeze(String... patterns) {
        parameters(patterns).forEach(p -> p.freeze(false));
    }

    private Predicate<String> matching(String... patterns) {
        var globs = new ArrayList<Glob>();
        for (var pattern : patterns) {
            var glob = new Glob(pattern);
            if (registry.parameters.keySet().stream().noneMatch(glob::matches)) {
                throw new IllegalArgumentException("no parameter matches '%s'; there are %s".formatted(
                        pattern, Names.shortened(registry.parameters.keySet())));
            }
            globs.add(glob);
        }
        return name -> globs.stream().anyMatch(g -> g.matches(name));
    }

    /** Begins these parameters anew; each depends on the seed and its path alone, as in building. */
    public void initialise(String pattern, Init init, long seed) {
        for (var parameter : parameters(pattern)) {
            Fill.fill(parameter, init, Fans.of(parameter.shape()), seed);
        }
    }

    // ---- hooks ---------------------------------------------------------------------------------------------------------------

    /** What takes a hook away again. */
    @FunctionalInterface
    public interface Hook extends AutoCloseable {
        @Override
        void close();
    }

    /** Shows the hook what the matching layers give in every forward pass. */
    public Hook onActivation(String pattern, ActivationHook hook) {
        var blocks = layers(pattern);
        blocks.forEach(b -> b.activationHooks().add(hook));
        return () -> blocks.forEach(b -> b.activationHooks().remove(hook));
    }

    /** Shows the hook the gradients with respect to what the matching layers give. */
    public Hook onGradient(String pattern, GradientHook hook) {
        var blocks = layers(pattern);
        blocks.forEach(b -> b.gradientHooks().add(hook));
        return () -> blocks.forEach(b -> b.gradientHooks().remove(hook));
    }

    /** Paths of all layers, containers included, that hooks can be set on. */
    public List<String> layerPaths() {
        return registry.blocks.keySet().stream().toList();
    }

    private List<Located> layers(String pattern) {
        var exact = registry.blocks.get(pattern);
        var glob = new Glob(pattern);
        var blocks = exact != null ? List.of(exact)
                : registry.blocks.sequencedValues().stream().filter(b -> glob.matches(b.path)).toList();
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("no layer matches '%s'; there are %s".formatted(
                    pattern, Names.shortened(registry.blocks.keySet())));
        }
        return blocks;
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------

    /** Parameters and buffers by path, in the order of building: what a checkpoint holds. They are live, not copies. */
    public SequencedMap<String, Tensor> state() {
        var state = new LinkedHashMap<String, Tensor>(registry.parameters);
        state.putAll(registry.buffers);
        return Collections.unmodifiableSequencedMap(state);
    }

    /** Loads every parameter and buffer. A difference in names or shapes is an error that lists them, and nothing is loaded. */
    public void load(Map<String, Array> arrays) {
        load(arrays, _ -> true);
    }

    /**
     * Loads what the filter names (a backbone without its head, say) and asks of the arrays to hold exactly that. PyTorch's
     * {@code num_batches_tracked} counts nothing here and may be there.
     */
    public void load(Map<String, Array> arrays, Predicate<String> filter) {
        var state = state();
        var missing = new ArrayList<String>();
        var unexpected = new ArrayList<String>();
        var different = new ArrayList<String>();
        state.forEach((name, tensor) -> {
            var array = arrays.get(name);
            if (!filter.test(name)) {
                return;
            }
            if (array == null) {
                missing.add(name);
            } else if (!array.shape().equals(tensor.shape())) {
                different.add("%s is %s here and %s there".formatted(name, tensor.shape(), array.shape()));
            }
        });
        for (var name : arrays.keySet()) {
            if (!state.containsKey(name) && !name.endsWith("num_batches_tracked") && filter.test(name)) {
                unexpected.add(name);
            }
        }
        if (!missing.isEmpty() || !unexpected.isEmpty() || !different.isEmpty()) {
            throw new IllegalArgumentException("these are weights of another network; nothing was loaded%s%s%s".formatted(
                    Names.listed("\n  missing: ", missing), Names.listed("\n  unknown here: ", unexpected),
                    Names.listed("\n  other shapes: ", different)));
        }
        state.forEach((name, tensor) -> {
            if (filter.test(name)) {
                tensor.copyFrom(arrays.get(name).elements());
            }
        });
    }

    /** Layers, shapes, parameters and costs for one sample, and what was fused. */
    public Summary summary() {
        return new Summary(root.in, root.out, registry.rowsWithFusion());
    }

    @Override
    public String toString() {
        return summary().toString();
    }
}
