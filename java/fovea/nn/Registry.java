package fovea.nn;

import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** What gathers while a model is built: parameters, buffers, the blocks by path, and the rows of its summary. */
final class Registry {
    /** Null in a dry build. */
    final Session session;
    final BuildOptions options;
    private final long seed;
    /** The model whose parameters and buffers serve here too, or null. */
    private final Registry lender;

    final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();
    final SequencedMap<String, Tensor> buffers = new LinkedHashMap<>();
    final SequencedMap<String, Located> blocks = new LinkedHashMap<>();
    final List<Summary.Row> rows = new ArrayList<>();
    /** Side outputs by name, of the pass at hand. */
    final Map<String, Tensor> outputs = new LinkedHashMap<>();
    /** Shapes of parameters and buffers by name: all there is in a dry build. */
    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    /** Elements that the layer at hand has registered itself, not through a child. */
    private long ownParameters;
    private long ownBuffers;
    private final Map<String, String> fused = new LinkedHashMap<>();

    Registry(Session session, long seed, BuildOptions options) {
        this(session, seed, options, null);
    }

    private Registry(Session session, long seed, BuildOptions options, Registry lender) {
        this.session = session;
        this.seed = seed;
        this.options = options;
        this.lender = lender;
    }

    /** A registry for the same layers in another session, over the same memory. */
    Registry lent(Session borrower) {
        return new Registry(borrower, seed, options, this);
    }

    static String join(String path, String name) {
        return path.isEmpty() ? name : name.isEmpty() ? path : path + "." + name;
    }

    /** @param visible whether the block has a path of its own, at which hooks can be set */
    Block build(Scope scope, Layer layer, Shape in, boolean visible) {
        var path = scope.path();
        var out = checkedOutput(scope, layer, in);
        var mark = rows.size();
        var outerParameters = ownParameters;
        var outerBuffers = ownBuffers;
        ownParameters = 0;
        ownBuffers = 0;
        Block inner;
        try {
            inner = layer.build(scope, in);
        } catch (LayerException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new LayerException(path, e.getMessage(), e);
        }
        if (rows.size() == mark || ownParameters + ownBuffers > 0 || layer.macs(in) > 0) {
            rows.add(mark, new Summary.Row(path, layer.label(), in, out, ownParameters, ownBuffers, layer.macs(in), ""));
        }
        ownParameters = outerParameters;
        ownBuffers = outerBuffers;
        var block = new Located(path, layer, inner, in, out);
        if (visible && blocks.putIfAbsent(path, block) != null) {
            block.twin(blocks.get(path));
        }
        return block;
    }

    /** Where a container cannot say which of its layers does not fit, building it as far as it goes finds out. */
    private static Shape checkedOutput(Scope scope, Layer layer, Shape in) {
        try {
            return layer.outputShape(in);
        } catch (LayerException e) {
            throw LayerException.within(scope.path(), e);
        } catch (IllegalArgumentException e) {
            try {
                layer.build(new Scope(new Registry(null, 0, scope.options()), scope.path(), false), in);
            } catch (LayerException deeper) {
                throw deeper;
            } catch (RuntimeException _) {
                // The first exception says more.
            }
            throw new LayerException(scope.path(), e.getMessage(), e);
        }
    }

    Parameter parameter(String name, Shape shape, Init init, Fans fans, boolean sharing) {
        if (present(name, shape, sharing)) {
            return parameters.get(name);
        }
        init.check(name, shape);
        ownParameters += shape.elements();
        if (session == null) {
            return null;
        }
        if (lender != null) {
            parameters.put(name, session.borrow(lender.parameters.get(name)));
            return parameters.get(name);
        }
        var parameter = session.parameter(name, shape);
        parameters.put(name, parameter);
        Fill.fill(parameter, init, fans, seed);
        return parameter;
    }

    Tensor buffer(String name, Shape shape, Init init, boolean sharing) {
        if (present(name, shape, sharing)) {
            return buffers.get(name);
        }
        init.check(name, shape);
        ownBuffers += shape.elements();
        if (session == null) {
            return null;
        }
        if (lender != null) {
            buffers.put(name, session.borrow(lender.buffers.get(name)));
            return buffers.get(name);
        }
        var buffer = session.parameter(name, shape);
        buffer.freeze(true);
        Fill.fill(buffer, init, Fans.of(shape), seed);
        buffers.put(name, buffer);
        return buffer;
    }

    private boolean present(String name, Shape shape, boolean sharing) {
        var known = shapes.putIfAbsent(name, shape);
        if (known == null) {
            return false;
        }
        if (!sharing) {
            throw new IllegalArgumentException(
                    "the name %s is taken already; give the two layers different names, or share one with shared(...)".formatted(name));
        }
        if (!known.equals(shape)) {
            throw new IllegalArgumentException("%s is shared as %s, and here %s is needed; layers that share weights must get inputs with"
                    .formatted(name, known, shape) + " the same number of channels");
        }
        return true;
    }

    void fused(String path, String what) {
        fused.put(path, what);
    }

    void unfused(String path) {
        fused.remove(path);
    }

    List<Summary.Row> rowsWithFusion() {
        return rows.stream().map(r -> fused.containsKey(r.path()) ? r.fused(fused.get(r.path())) : r).toList();
    }
}
