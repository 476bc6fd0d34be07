package fovea.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Random configurations of all ops and losses that PyTorch can compute too. */
final class Configurations {
    private static final Map<String, Function<Draw, Configuration>> FAMILIES = families();

    private Configurations() {
    }

    private static Map<String, Function<Draw, Configuration>> families() {
        var all = new TreeMap<String, Function<Draw, Configuration>>();
        LayerConfigurations.addTo(all);
        ElementConfigurations.addTo(all);
        ShapeConfigurations.addTo(all);
        LossConfigurations.addTo(all);
        return all;
    }

    /** The names of all ops and losses. */
    static Set<String> names() {
        return FAMILIES.keySet();
    }

    /** So many of every op and loss; the same seed draws the same. */
    static List<Configuration> draw(int ofEach, long seed) {
        var drawn = new ArrayList<Configuration>();
        FAMILIES.keySet().forEach(name -> draw(name, ofEach, seed).forEach(drawn::add));
        return drawn;
    }

    /** So many of one of them, drawn one at a time. */
    static Stream<Configuration> draw(String name, int count, long seed) {
        var family = FAMILIES.get(name);
        if (family == null) {
            throw new IllegalArgumentException("there is no '%s'; there are %s".formatted(name, names()));
        }
        return IntStream.range(0, count).mapToObj(i -> family.apply(new Draw(seed * 1_000_003 + name.hashCode() * 1009L + i)));
    }
}
