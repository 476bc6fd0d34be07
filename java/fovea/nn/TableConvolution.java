package fovea.nn;

import fovea.ElementType;
import fovea.Parameter;
import fovea.Shape;
import fovea.Tensor;
import fovea.op.Activation;
import fovea.op.Conv;
import fovea.op.Extents;
import fovea.op.Gather;
import java.util.List;

/**
 * A convolution over images each of whose filters reads some of the channels only, as a table says; {@code conv2d(table, kernel)} makes
 * one. Fewer connections cost less and make filters different, as they do not all see the same. Parameters are {@code weight
 * [connections, kernel, kernel]}, in the order of the table, and {@code bias [filters]}.
 *
 * <pre>{@code
 * conv2d(List.of(List.of(0, 1, 2), List.of(1, 2, 3), List.of(0, 2)), 5)      // 3 filters, 8 * 25 weights
 * }</pre>
 *
 * @param table for every filter the channels that it reads
 */
public record TableConvolution(List<List<Integer>> table, int kernel, int stride, int padding, boolean bias, Init weightInit, Init biasInit)
        implements
            Layer {
    public TableConvolution {
        table = table.stream().map(List::copyOf).toList();
        if (table.isEmpty() || kernel < 1 || table.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException(
                    "conv2d: a table of %d filters with windows of %d; give every filter a channel or more, and a window".formatted(
                            table.size(), kernel));
        }
        for (var filter = 0; filter < table.size(); filter++) {
            var channels = table.get(filter);
            if (channels.stream().anyMatch(c -> c < 0) || channels.stream().distinct().count() < channels.size()) {
                throw new IllegalArgumentException("conv2d: filter %d reads channels %s; give each once, from 0".formatted(
                        filter, channels));
            }
        }
    }

    TableConvolution(List<List<Integer>> table, int kernel) {
        this(table, kernel, 1, 0, true, Init.torchUniform(), Init.torchUniform());
    }

    public TableConvolution stride(int places) {
        return new TableConvolution(table, kernel, places, padding, bias, weightInit, biasInit);
    }

    public TableConvolution padding(int zeros) {
        return new TableConvolution(table, kernel, stride, zeros, bias, weightInit, biasInit);
    }

    public TableConvolution init(Init weights) {
        return new TableConvolution(table, kernel, stride, padding, bias, weights, biasInit);
    }

    public TableConvolution biasInit(Init biases) {
        return new TableConvolution(table, kernel, stride, padding, bias, weightInit, biases);
    }

    public TableConvolution bias(boolean on) {
        return new TableConvolution(table, kernel, stride, padding, on, weightInit, biasInit);
    }

    private int connections() {
        return table.stream().mapToInt(List::size).sum();
    }

    /** The same with all connections. */
    private Convolution full() {
        return Convolution.of(table.size(), 2, kernel).stride(stride).padding(padding);
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial("conv2d", in, 2);
        var highest = table.stream().flatMap(List::stream).max(Integer::compare).orElseThrow();
        if (highest >= in.dim(0)) {
            throw new IllegalArgumentException("conv2d: the table names channel %d, and %s has the channels 0 to %d".formatted(
                    highest, in, in.dim(0) - 1));
        }
        return full().outputShape(in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        // All filters of a table are filled as if each had the mean number of inputs.
        var fans = new Fans((long) connections() * kernel * kernel / table.size(), (long) connections() * kernel * kernel / in.dim(0));
        var w = scope.parameter("weight", Shape.of(connections(), kernel, kernel), weightInit, fans);
        var b = !bias ? null : scope.parameter("bias", Shape.of(table.size()), biasInit, fans);
        return scope.isDry() ? x -> x : new Built(this, places(scope, Shapes.channels(in)), w, b);
    }

    /** For every filter and channel the place of their connection; one place more, where zeros are, for none. */
    private Tensor places(Scope scope, int channels) {
        var places = new int[table.size() * channels];
        java.util.Arrays.fill(places, connections());
        var place = 0;
        for (var filter = 0; filter < table.size(); filter++) {
            for (var channel : table.get(filter)) {
                places[filter * channels + channel] = place++;
            }
        }
        var index = scope.session().tensor(scope.path() + ", table", Shape.of(table.size(), channels), ElementType.I32);
        index.copyFrom(places);
        return index;
    }

    private static final class Built implements Block {
        private static final Gather GATHER = new Gather(0);
        private final Tensor places;
        private final Parameter w;
        private final Parameter b;
        private final Conv op;

        Built(TableConvolution layer, Tensor places, Parameter w, Parameter b) {
            this.places = places;
            this.w = w;
            this.b = b;
            var stride = Extents.all(2, layer.stride);
            var padding = Extents.all(2, layer.padding);
            op = new Conv(stride, padding, padding, Extents.all(2, 1), 1, Activation.NONE);
        }

        /** The weights with a window of zeros behind them, [connections + 1, k, k], spread over [filters, channels, k, k]. */
        @Override
        public Tensor forward(Tensor x) {
            var spread = x.step().apply(GATHER, w.pad(0, 1, 0, 0, 0, 0), places);
            return b == null ? x.step().apply(op, x, spread) : x.step().apply(op, x, spread, b);
        }
    }

    @Override
    public long macs(Shape in) {
        var out = outputShape(in);
        return out.dim(1) * out.dim(2) * connections() * kernel * kernel;
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "conv2d %d %dx%d, %d of %d connections".formatted(table.size(), kernel, kernel, connections(),
                table.size() * (table.stream().flatMap(List::stream).max(Integer::compare).orElseThrow() + 1));
    }
}
