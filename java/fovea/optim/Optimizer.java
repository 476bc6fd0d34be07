package fovea.optim;

import fovea.Parameter;
import fovea.Session;
import fovea.Step;
import fovea.Tensor;
import fovea.runtime.Updates;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Changes parameters by the gradients that {@link fovea.Step#backward} left. Parameters that are frozen, or that the last backward
 * pass did not reach, are left alone.
 *
 * <pre>{@code
 * var adam = new AdamW(model.parameters(), new AdamW.Options(1e-3));
 * adam.clipNorm(1);
 * ...
 * step.backward(loss);
 * adam.rateFactor(schedule.at(iteration));
 * adam.step();
 * }</pre>
 *
 * <p>An optimizer of one's own extends this class and says in {@link #update} what happens to one parameter; groups, schedules,
 * clipping and checkpoints then work as for all others.
 */
public abstract class Optimizer {
    /** Everything an optimizer remembers, by name: with it, a run goes on exactly where it stood. */
    public record State(String optimizer, SequencedMap<String, float[]> arrays, SequencedMap<String, Double> numbers) {
        public State {
            arrays = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(arrays));
            numbers = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(numbers));
        }
    }

    private final Session session;
    private final Rates rates;
    private final SequencedMap<String, Slot> slots = new LinkedHashMap<>();
    private final List<Slot> active = new ArrayList<>();
    private final Table table;
    private final Updates updates = new AsTheyCome();
    private double maxNorm = Double.POSITIVE_INFINITY;
    private double maxValue = Double.POSITIVE_INFINITY;

    /**
     * @param rate learning rate of groups that have none of their own
     * @param decay weight decay of groups that have none of their own
     */
    protected Optimizer(List<Group> groups, double rate, double decay) {
        if (!(rate >= 0) || !(decay >= 0)) {
            throw new IllegalArgumentException("learning rate %s and weight decay %s must not be negative".formatted(rate, decay));
        }
        rates = new Rates(rate, decay);
        for (var group : groups) {
            for (var parameter : group.parameters()) {
                if (slots.putIfAbsent(parameter.name(), new Slot(rates, parameter, group)) != null) {
                    throw new IllegalArgumentException(
                            "parameter %s is there twice; give each to one group only, and each model its own optimizer".formatted(
                                    parameter.name()));
                }
            }
        }
        if (slots.isEmpty()) {
            throw new IllegalArgumentException("an optimizer without parameters; give model.parameters()");
        }
        session = slots.firstEntry().getValue().parameter().session();
        if (slots.sequencedValues().stream().anyMatch(s -> s.parameter().session() != session)) {
            throw new IllegalArgumentException("parameters of two sessions in one optimizer; give each session its own");
        }
        table = new Table(session, slots.size());
    }

    /** Updates one parameter from {@code slot.parameter().gradData()}. */
    protected abstract void update(Slot slot);

    /** Updates all parameters that have a new gradient. */
    public final void step() {
        active.clear();
        for (var slot : slots.sequencedValues()) {
            if (!slot.parameter().frozen() && slot.parameter().hasNewGrad()) {
                active.add(slot);
            }
        }
        if (active.isEmpty()) {
            throw new IllegalStateException("no parameter has a new gradient; run step.backward(loss) in a TRAIN step before every"
                    + " optimizer step, and see that not all parameters are frozen");
        }
        var norm = maxNorm < Double.POSITIVE_INFINITY ? norm() : 0;
        updateAll(active, norm > maxNorm ? maxNorm / (norm + 1e-6) : Double.isNaN(norm) ? Double.NaN : 1, maxValue);
        for (var i = 0; i < active.size(); i++) {
            active.get(i).parameter().touch();
            active.get(i).parameter().gradUsed();
        }
    }

    /**
     * Backward pass and update in one: every parameter is updated as soon as its gradient is complete, and the gradient's memory serves
     * the next one; of large dense layers it is used up piece by piece and never there as a whole. The same bits as
     * {@code step.backward(loss)} and {@link #step()}, in less memory; the gradients themselves cannot be read afterwards, neither added
     * up over several passes nor clipped by their common norm.
     *
     * <pre>{@code
     * try (var step = session.step(Mode.TRAIN)) {
     *     sgd.backward(step, model.forward(step.input(batch)).crossEntropy(batch.labels()));
     * }
     * }</pre>
     */
    public final void backward(Step step, Tensor loss) {
        if (clipsNorm()) {
            throw new IllegalStateException("clipNorm(%s) needs all gradients at once: use step.backward(loss) and optimizer.step(), or"
                    .formatted(maxNorm) + " clipValue, which takes each by itself");
        }
        if (step.session() != session) {
            throw new IllegalArgumentException("the step is of another session than the parameters of this optimizer");
        }
        step.backward(loss, updates);
    }

    private final class AsTheyCome implements Updates {
        private Slot slot(Parameter parameter) {
            var slot = slots.get(parameter.name());
            return slot == null || slot.parameter() != parameter ? null : slot;
        }

        @Override
        public void accept(Parameter parameter) {
            var slot = slot(parameter);
            if (slot != null) {
                active.clear();
                active.add(slot);
                updateAll(active, 1, maxValue);
                parameter.touch();
            }
        }

        @Override
        public MemorySegment begin(Parameter parameter) {
            var slot = slot(parameter);
            return slot == null ? null : Optimizer.this.begin(slot, 1, maxValue);
        }

        @Override
        public void end(Parameter parameter) {
            parameter.touch();
        }
    }

    /** For native optimizers: the {@code fov_sink} that updates this parameter, which is counted now; null where there is none. */
    MemorySegment begin(Slot slot, double scale, double limit) {
        return null;
    }

    /** Whether gradients are scaled by their common norm, which is known only when all of them are there. */
    public final boolean clipsNorm() {
        return maxNorm < Double.POSITIVE_INFINITY;
    }

    /** Clips the gradients in place and updates one parameter after the other; native optimizers do all in one pass. */
    void updateAll(List<Slot> some, double scale, double limit) {
        if (scale != 1 || limit < Double.POSITIVE_INFINITY) {
            table.clip(some, scale, limit);
        }
        for (var slot : some) {
            slot.countStep();
            update(slot);
        }
    }

    Collection<Slot> slots() {
        return slots.sequencedValues();
    }

    Table table() {
        return table;
    }

    /** The Euclidean norm of all new gradients together. */
    public double gradientNorm() {
        active.clear();
        for (var slot : slots.sequencedValues()) {
            if (!slot.parameter().frozen() && slot.parameter().hasNewGrad()) {
                active.add(slot);
            }
        }
        return norm();
    }

    private double norm() {
        return table.norm(active);
    }

    /** From now on gradients are scaled down where their common norm exceeds this; infinity ends it. */
    public final Optimizer clipNorm(double most) {
        maxNorm = positive("clipNorm", most);
        return this;
    }

    /** From now on every element of a gradient is kept between minus and plus this; infinity ends it. */
    public final Optimizer clipValue(double most) {
        maxValue = positive("clipValue", most);
        return this;
    }

    private static double positive(String what, double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException("%s: %s must be above 0".formatted(what, value));
        }
        return value;
    }

    /** What all learning rates are multiplied by: the place for a {@link Schedule}. */
    public final void rateFactor(double times) {
        if (!(times >= 0)) {
            throw new IllegalArgumentException("the factor of the learning rate is %s; it must not be negative".formatted(times));
        }
        rates.factor = times;
    }

    public final double rateFactor() {
        return rates.factor;
    }

    /** The learning rate now of parameters whose group has none of its own. */
    public final double rate() {
        return rates.rate * rates.factor;
    }

    public final List<Parameter> parameters() {
        return slots.sequencedValues().stream().map(Slot::parameter).toList();
    }

    public final Session session() {
        return session;
    }

    /** A copy of everything it remembers. */
    public final State state() {
        var arrays = new LinkedHashMap<String, float[]>();
        var numbers = new LinkedHashMap<String, Double>();
        numbers.put("rateFactor", rates.factor);
        slots.sequencedValues().forEach(s -> s.save(arrays, numbers));
        return new State(getClass().getSimpleName(), arrays, numbers);
    }

    /** Goes on from a state. One of another optimizer or other parameters is refused, and nothing changes. */
    public final void load(State state) {
        if (!state.optimizer().equals(getClass().getSimpleName())) {
            throw new IllegalArgumentException("this is the state of %s, not of %s".formatted(
                    state.optimizer(), getClass().getSimpleName()));
        }
        state.arrays().forEach((name, elements) -> {
            var expected = slot(name).parameter().shape().elements();
            if (elements.length != expected) {
                throw new IllegalArgumentException("state %s has %d elements, the parameter has %d; it is of another network".formatted(
                        name, elements.length, expected));
            }
        });
        state.numbers().keySet().stream().filter(n -> !n.equals("rateFactor")).forEach(this::slot);
        slots.values().forEach(Slot::reset);
        state.arrays().forEach((name, elements) -> slot(name).load(name.substring(name.lastIndexOf('/') + 1), elements));
        state.numbers().forEach((name, value) -> {
            if (name.equals("rateFactor")) {
                rates.factor = value;
            } else {
                slot(name).load(name.substring(name.lastIndexOf('/') + 1), value);
            }
        });
    }

    private Slot slot(String name) {
        var slash = name.lastIndexOf('/');
        var slot = slash < 0 ? null : slots.get(name.substring(0, slash));
        if (slot == null) {
            throw new IllegalArgumentException("state '%s' belongs to no parameter here; it is of another network".formatted(name));
        }
        return slot;
    }

    /** For subclasses: one group of all. */
    static List<Group> all(List<Parameter> parameters) {
        return List.of(Group.of(parameters));
    }

    /** For subclasses: refuses a number that is not in [low, high). */
    static double within(String optimizer, String name, double value, double low, double high) {
        if (!(value >= low && value < high)) {
            throw new IllegalArgumentException("%s: %s is %s; it must be at least %s and below %s".formatted(
                    optimizer, name, value, low, high));
        }
        return value;
    }
}
