package fovea.zoo;

import fovea.Shape;
import fovea.nn.Layer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * Networks by name.
 *
 * <pre>{@code
 * var entry = Zoo.byName("lenet5");
 * var model = entry.layer(10).build(session, entry.input(), 42);
 * }</pre>
 */
public final class Zoo {
    /**
     * A network.
     *
     * @param name as the command line has it
     * @param about in a line
     * @param input shape of one sample that it was made for
     * @param classes that it was made for
     * @param layers from a number of classes to the network
     * @param recipe that it is trained with
     */
    public record Entry(String name, String about, Shape input, int classes, IntFunction<? extends Layer> layers, Recipe recipe) {
        /** The network for so many classes. */
        public Layer layer(int number) {
            return layers.apply(number);
        }
    }

    private static final Map<String, Entry> ENTRIES = new TreeMap<>();

    static {
        Stream.of(Lenet.MODERN).forEach(entry -> ENTRIES.put(entry.name(), entry));
    }

    private Zoo() {
    }

    /** In the order of the alphabet. */
    public static List<String> names() {
        return List.copyOf(ENTRIES.keySet());
    }

    /** The network of this name, in whatever case. */
    public static Entry byName(String name) {
        var entry = ENTRIES.get(name.toLowerCase(Locale.ROOT));
        if (entry == null) {
            throw new IllegalArgumentException("no network is called '%s'; there are %s".formatted(name, String.join(", ", names())));
        }
        return entry;
    }
}
