package fovea.optim;

import fovea.Session;
import fovea.Tensor;
import fovea.bindings.FoveaNative;
import fovea.runtime.Access;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Supplier;

/**
 * A second copy of a model's weights that follows them slowly and often does better than they do: an exponential moving average, or
 * the plain average of several points (stochastic weight averaging). Give it the model's state, running statistics included.
 *
 * <pre>{@code
 * var average = WeightAverage.exponential(model.state(), 0.999);
 * ...
 * optimizer.step();
 * average.update();
 * ...
 * double accuracy = average.use(() -> evaluate(model));
 * }</pre>
 *
 * <p>The plain average of weights has other running statistics than those of its points: run some TRAIN passes inside
 * {@link #use} before evaluating a network with batch norm.
 */
public final class WeightAverage {
    private final Session session;
    private final SequencedMap<String, Tensor> followed;
    private final SequencedMap<String, Tensor> averages = new LinkedHashMap<>();
    private final Table table;
    /** Negative for the plain average. */
    private final double decay;
    private long updates;
    private boolean inUse;

    private WeightAverage(SequencedMap<String, ? extends Tensor> state, double decay) {
        if (state.isEmpty()) {
            throw new IllegalArgumentException("a weight average of nothing; give model.state()");
        }
        followed = new LinkedHashMap<>(state);
        this.decay = decay;
        session = followed.firstEntry().getValue().session();
        table = new Table(session, followed.size());
        followed.forEach((name, tensor) -> {
            var average = session.tensor("average of " + name, tensor.shape(), tensor.type());
            Access.value(average).data().copyFrom(Access.value(tensor).data());
            averages.put(name, average);
        });
    }

    /** {@code average = decay * average + (1 - decay) * weights} at every update, with less decay in the first ones. */
    public static WeightAverage exponential(SequencedMap<String, ? extends Tensor> state, double decay) {
        return new WeightAverage(state, Optimizer.within("weight average", "decay", decay, 0, 1));
    }

    /** The mean of the weights at all updates. */
    public static WeightAverage plain(SequencedMap<String, ? extends Tensor> state) {
        return new WeightAverage(state, -1);
    }

    /** Takes the present weights in. */
    public void update() {
        if (inUse) {
            throw new IllegalStateException("the averages are in use as weights now; update after use(...)");
        }
        updates++;
        var kept = decay < 0 ? (updates - 1.0) / updates : Math.min(decay, updates / (updates + 9.0));
        table.clear();
        averages.forEach((name, average) -> {
            var a = Access.value(average);
            table.row(a.data(), Access.value(followed.get(name)).data(), average.shape().elements()).k(0, 1 - kept);
        });
        table.run(FoveaNative.FOV_AVERAGE(), 1, Double.POSITIVE_INFINITY);
    }

    public long updates() {
        return updates;
    }

    /** Runs the body with the averages as the model's weights, and puts the weights back. */
    public <T> T use(Supplier<T> body) {
        if (inUse) {
            throw new IllegalStateException("the averages are in use already");
        }
        swap();
        inUse = true;
        try {
            return body.get();
        } finally {
            inUse = false;
            swap();
        }
    }

    /** Makes the averages the model's weights for good. */
    public void copyToModel() {
        averages.forEach((name, average) -> {
            var target = Access.value(followed.get(name));
            target.data().copyFrom(Access.value(average).data());
            target.touch();
        });
    }

    private void swap() {
        try (var arena = Arena.ofConfined()) {
            var chunk = arena.allocate(1 << 16);
            averages.forEach((name, average) -> {
                var weights = Access.value(followed.get(name));
                swap(weights.data(), Access.value(average).data(), chunk);
                weights.touch();
            });
        }
    }

    private static void swap(MemorySegment a, MemorySegment b, MemorySegment chunk) {
        for (var at = 0L; at < a.byteSize(); at += chunk.byteSize()) {
            var bytes = Math.min(chunk.byteSize(), a.byteSize() - at);
            MemorySegment.copy(a, at, chunk, 0, bytes);
            MemorySegment.copy(b, at, a, at, bytes);
            MemorySegment.copy(chunk, 0, b, at, bytes);
        }
    }

    /** The averages by the names of what they follow, for a checkpoint; live, not copies. */
    public SequencedMap<String, Tensor> averages() {
        return new LinkedHashMap<>(averages);
    }

    /** Goes on from averages that were saved after so many updates. */
    public void load(SequencedMap<String, float[]> saved, long count) {
        averages.forEach((name, average) -> {
            var elements = saved.get(name);
            if (elements == null || elements.length != average.shape().elements()) {
                throw new IllegalArgumentException("the saved averages have no %s%s; they are of another network".formatted(
                        name, average.shape()));
            }
        });
        averages.forEach((name, average) -> average.copyFrom(saved.get(name)));
        updates = count;
    }
}
