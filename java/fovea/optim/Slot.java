package fovea.optim;

import fovea.Parameter;
import fovea.runtime.Access;
import fovea.runtime.Memory;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What an optimizer keeps for one parameter: how many updates it had, arrays of its shape, and single numbers. */
public final class Slot {
    private final Rates rates;
    private final Parameter parameter;
    private final Group group;
    private long steps;
    /** Frozen parameters of the session: memory that lives as long and can be written. */
    private final Map<String, Parameter> arrays = new LinkedHashMap<>();
    private final Map<String, double[]> numbers = new LinkedHashMap<>();
    /** Arrays that were forgotten; they begin anew when they are asked for. */
    private final Set<String> stale = new HashSet<>();

    Slot(Rates rates, Parameter parameter, Group group) {
        this.rates = rates;
        this.parameter = parameter;
        this.group = group;
    }

    public Parameter parameter() {
        return parameter;
    }

    /** Updates of this parameter, the one at hand included: 1 in the first. */
    public long steps() {
        return steps;
    }

    void countStep() {
        steps++;
    }

    /** The learning rate now: that of the group (or the optimizer) times what the schedule says. */
    public double rate() {
        return rate(rates.rate);
    }

    /** The same where this parameter's usual rate is another than the optimizer's. */
    double rate(double usual) {
        return (Double.isNaN(group.rate()) ? usual : group.rate()) * rates.factor;
    }

    /** Weight decay of the group or the optimizer. */
    public double decay() {
        return Double.isNaN(group.decay()) ? rates.decay : group.decay();
    }

    /** An array of floats as long as the parameter that lives with the optimizer and is saved with it; zero at first. */
    public MemorySegment array(String name) {
        return array(name, 0);
    }

    /** The same, filled with a number at first. */
    public MemorySegment array(String name, float initial) {
        var array = arrays.get(name);
        if (array == null) {
            array = parameter.session().parameter(name + " of " + parameter.name(), parameter.shape());
            array.freeze(true);
            arrays.put(name, array);
            stale.add(name);
        }
        if (!stale.isEmpty() && stale.remove(name)) {
            Memory.fill(Access.nativeContext(array.session()), array.data(), initial, array.shape().elements());
        }
        return array.data();
    }

    /** A number that is saved with the optimizer; 0 at first. */
    public double number(String name) {
        var number = numbers.get(name);
        return number == null ? 0 : number[0];
    }

    /** Changes it. */
    public void number(String name, double value) {
        var number = numbers.get(name);
        if (number == null) {
            numbers.put(name, new double[] {value});
        } else {
            number[0] = value;
        }
    }

    /** Adds all of it to a state, under the parameter's name. */
    void save(Map<String, float[]> allArrays, Map<String, Double> allNumbers) {
        allNumbers.put(parameter.name() + "/steps", (double) steps);
        numbers.forEach((name, value) -> allNumbers.put(parameter.name() + "/" + name, value[0]));
        arrays.forEach((name, array) -> {
            if (!stale.contains(name)) {
                allArrays.put(parameter.name() + "/" + name, array.toArray());
            }
        });
    }

    /** Back to the beginning. */
    void reset() {
        steps = 0;
        numbers.clear();
        stale.addAll(arrays.keySet());
    }

    void load(String name, float[] elements) {
        array(name);
        arrays.get(name).copyFrom(elements);
    }

    void load(String name, double number) {
        if (name.equals("steps")) {
            steps = (long) number;
        } else {
            number(name, number);
        }
    }
}
