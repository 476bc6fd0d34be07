package fovea.cli;

import fovea.Shape;
import fovea.nn.Layer;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import fovea.zoo.Recipe;
import fovea.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;

/** A network that the command line names: one of the zoo, or a file of layers. */
record Networks(String name, Shape input, int classes, IntFunction<? extends Layer> layers, Recipe recipe) {
    private static final Recipe PLAIN = new Recipe(5, 64, 0.05, (parameters, rate) -> new Sgd(parameters, new Sgd.Options(rate, 0.9, 5e-4)),
            total -> Schedule.oneCycle(total), List.of());

    static Networks find(String name) throws IOException {
        if (name.matches("(?i).*\\.(json|yaml|yml)")) {
            var path = Path.of(name);
            if (!Files.exists(path)) {
                throw new IllegalArgumentException("there is no file " + name);
            }
            var file = LayerFile.read(path);
            return new Networks(name, file.input(), 10, file::layer, PLAIN);
        }
        try {
            var entry = Zoo.byName(name);
            return new Networks(entry.name(), entry.input(), entry.classes(), entry.layers(), entry.recipe());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + "; or give a file of layers, .json or .yaml", e);
        }
    }

    Layer layer(int number) {
        return layers.apply(number);
    }
}
