package fovea.cli;

import fovea.Shape;
import fovea.nn.Layer;
import fovea.zoo.Recipe;
import fovea.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;

/** A network that the command line names: one of the zoo, or a file of layers. */
record Networks(String name, Shape input, int classes, IntFunction<? extends Layer> layers, Recipe recipe) {
    static Networks find(String name) throws IOException {
        return find(name, Zoo.Entry.DEFAULT);
    }

    /** @param recipe by name; files of layers have the default one alone */
    static Networks find(String name, String recipe) throws IOException {
        if (name.matches("(?i).*\\.(json|yaml|yml)")) {
            var path = Path.of(name);
            if (!Files.exists(path)) {
                throw new IllegalArgumentException("there is no file " + name);
            }
            if (!recipe.equalsIgnoreCase(Zoo.Entry.DEFAULT)) {
                throw new IllegalArgumentException("%s is a file of layers, which has no recipe '%s'; leave --recipe out".formatted(
                        name, recipe));
            }
            var file = LayerFile.read(path);
            return new Networks(name, file.input(), file.classes(), file::layer, Recipe.usual(5, 64, 0.05));
        }
        Zoo.Entry entry;
        try {
            entry = Zoo.byName(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + "; or give a file of layers, .json or .yaml", e);
        }
        return new Networks(entry.name(), entry.input(), entry.classes(), entry::layer, entry.recipe(recipe));
    }

    Layer layer(int number) {
        return layers.apply(number);
    }
}
