package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Shape;
import fovea.nn.Model;
import fovea.train.Checkpoint;
import fovea.train.TensorFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights from a file: those of the network fit, those of another are refused by name, and then nothing has changed. */
class WeightsTest {
    @TempDir
    Path folder;

    private Path saved(Model model, String name) throws IOException {
        var path = folder.resolve(name);
        TensorFile.write(path, Map.of(), TensorFile.arrays(model.state()));
        return path;
    }

    private static Model build(Session session, String name, int classes, long seed) {
        return Zoo.byName(name).layer(classes).build(session, Shape.of(3, 32, 32), seed);
    }

    @Test
    void weightsOfTheSameNetworkFit() throws IOException {
        try (var session = Session.open(); var other = Session.open()) {
            var from = build(session, "googlenet-bn", 7, 1);
            var to = build(other, "googlenet-bn", 7, 2);
            to.load(Checkpoint.weights(saved(from, "weights.safetensors")));
            from.state().forEach((name, tensor) -> assertArrayEquals(tensor.toArray(), to.state().get(name).toArray(), name));
        }
    }

    /** Published weights of GoogLeNet hold the two heads, which the network without them says by name. */
    @Test
    void weightsOfAnotherNetworkAreRefusedByNameAndChangeNothing() throws IOException {
        try (var session = Session.open(); var other = Session.open()) {
            var classes = build(session, "googlenet-bn", 9, 1);
            var network = build(other, "googlenet-bn", 7, 2);
            var before = new LinkedHashMap<String, float[]>();
            network.state().forEach((name, tensor) -> before.put(name, tensor.toArray()));

            var others = Checkpoint.weights(saved(classes, "classes.safetensors"));
            var refusal = assertThrows(IllegalArgumentException.class, () -> network.load(others));
            assertTrue(refusal.getMessage().contains("fc.weight is [7, 1024] here and [9, 1024] there"), refusal::getMessage);
            assertTrue(refusal.getMessage().contains("nothing was loaded"), refusal::getMessage);

            others.put("aux1.fc2.bias", others.get("fc.bias"));
            others.remove("conv1.conv.weight");
            refusal = assertThrows(IllegalArgumentException.class, () -> network.load(others));
            assertTrue(refusal.getMessage().contains("missing: conv1.conv.weight"), refusal::getMessage);
            assertTrue(refusal.getMessage().contains("unknown here: aux1.fc2.bias"), refusal::getMessage);
            network.state().forEach((name, tensor) -> assertArrayEquals(before.get(name), tensor.toArray(), name));
        }
    }
}
