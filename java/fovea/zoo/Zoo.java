package fovea.zoo;

import fovea.Shape;
import fovea.nn.Layer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * Networks by name. A family is a file of this package that says what is faithful to its paper and what is not.
 *
 * <pre>{@code
 * var entry = Zoo.byName("vgg16");
 * var model = entry.layer(1000).build(session, entry.input(), 42);
 * model.load(Checkpoint.weights(Path.of("vgg16.safetensors")));      // published weights have these names
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
     * @param recipes that it can be trained with, by name; there is always one called "default"
     */
    public record Entry(String name, String about, Shape input, int classes, IntFunction<? extends Layer> layers,
            SequencedMap<String, Recipe> recipes) {
        /** The name of the recipe that is used where none is asked for. */
        public static final String DEFAULT = "default";
        /** The name of the recipe of the network's paper. */
        public static final String PAPER = "paper";

        /** A network with a recipe for today and the recipe of its paper. */
        public Entry(String name, String about, Shape input, int classes, IntFunction<? extends Layer> layers, Recipe usual,
                Recipe paper) {
            this(name, about, input, classes, layers, new LinkedHashMap<>(Map.of(DEFAULT, usual)));
            recipes.put(PAPER, paper);
        }

        /** The network for so many classes. */
        public Layer layer(int number) {
            if (number < 1) {
                throw new IllegalArgumentException("%s: %d classes; give at least 1".formatted(name, number));
            }
            return layers.apply(number);
        }

        /** The network for as many classes as it was made for. */
        public Layer layer() {
            return layer(classes);
        }

        /** The recipe that is used where none is asked for. */
        public Recipe recipe() {
            return recipe(DEFAULT);
        }

        /** The recipe of this name, in whatever case. */
        public Recipe recipe(String called) {
            var recipe = recipes.get(called.toLowerCase(Locale.ROOT));
            if (recipe == null) {
                throw new IllegalArgumentException("%s has no recipe '%s'; there are %s".formatted(
                        name, called, String.join(", ", recipes.keySet())));
            }
            return recipe;
        }
    }

    private static final Map<String, Entry> ENTRIES = new TreeMap<>();

    static {
        add(Alexnet.entries());
        add(CifarResnet.entries());
        add(Convnext.entries());
        add(Densenet.entries());
        add(Efficientnet.entries());
        add(Enet.entries());
        add(Googlenet.entries());
        add(InceptionV3.entries());
        add(Lenet.entries());
        add(Mobilenet.entries());
        add(Neocognitron.entries());
        add(Perceptron.entries());
        add(Resnet.entries());
        add(Sound.entries());
        add(Squeezenet.entries());
        add(Vgg.entries());
        add(Video.entries());
        add(Xception.entries());
        add(Zfnet.entries());
    }

    private Zoo() {
    }

    private static void add(List<Entry> family) {
        for (var entry : family) {
            if (ENTRIES.putIfAbsent(entry.name(), entry) != null) {
                throw new IllegalStateException("two networks are called " + entry.name());
            }
        }
    }

    /** In the order of the alphabet. */
    public static List<String> names() {
        return List.copyOf(ENTRIES.keySet());
    }

    /** All networks, in the order of the alphabet. */
    public static List<Entry> entries() {
        return List.copyOf(ENTRIES.values());
    }

    /** The network of this name, in whatever case; {@code _} is the same as {@code -}, so torchvision's names serve as well. */
    public static Entry byName(String name) {
        var entry = ENTRIES.get(name.toLowerCase(Locale.ROOT).replace('_', '-'));
        if (entry == null) {
            throw new IllegalArgumentException("no network is called '%s'; there are %s".formatted(name, String.join(", ", names())));
        }
        return entry;
    }
}
