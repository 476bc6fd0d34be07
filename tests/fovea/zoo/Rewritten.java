package fovea.zoo;

import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.relu6;
import static fovea.nn.Layers.silu;

import fovea.nn.Dropping;
import fovea.nn.Layer;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** A network in which some layers are others: layers are records, so they can be taken apart and put together again. */
final class Rewritten {
    private final UnaryOperator<Layer> rule;

    private Rewritten(UnaryOperator<Layer> rule) {
        this.rule = rule;
    }

    /** Without dropout and stochastic depth. */
    static Layer undropped(Layer layer) {
        return of(layer, each -> each instanceof Dropping dropping ? new Dropping(0, dropping.per()) : each);
    }

    /** With SiLU for ReLU and ReLU6. */
    static Layer smoothed(Layer layer) {
        return of(layer, each -> each.equals(relu()) || each.equals(relu6()) ? silu() : each);
    }

    /** The rule sees every layer, and gives it back or another in its place. */
    private static Layer of(Layer layer, UnaryOperator<Layer> rule) {
        return (Layer) new Rewritten(rule).rewritten(layer);
    }

    private Object rewritten(Object part) {
        return switch (part) {
            case Layer layer when rule.apply(layer) != layer -> rule.apply(layer);
            // Its layers are made of its numbers when it is built.
            case Inception inception -> rewritten(inception.branches());
            case List<?> list -> list.stream().map(this::rewritten).toList();
            case Layer layer when layer instanceof Record -> rebuilt(layer);
            case null, default -> part;
        };
    }

    private Object rebuilt(Object layer) {
        var components = layer.getClass().getRecordComponents();
        try {
            var values = new Object[components.length];
            for (var i = 0; i < values.length; i++) {
                var accessor = components[i].getAccessor();
                accessor.setAccessible(true);
                values[i] = rewritten(accessor.invoke(layer));
            }
            var types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            var constructor = layer.getClass().getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(layer.toString(), e);
        }
    }
}
