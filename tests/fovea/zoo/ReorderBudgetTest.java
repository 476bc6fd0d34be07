package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Profile;
import fovea.Session;
import fovea.Shape;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Activations stay in the layout of the first convolution up to the classifier. Each change of layout is an op on the tape and costs
 * about as much as a batch norm; a choice of kernels that adds one is noticed here. Nor may oneDNN's reference code run anywhere.
 */
class ReorderBudgetTest {
    // Behind the features; LeNet's pictures are also brought into lanes, and back out between its two kinds of layers.
    @ParameterizedTest
    @CsvSource({"lenet5, 28, 64, 2", "alexnet, 224, 2, 1", "vgg11, 32, 2, 1", "resnet18, 64, 2, 1", "resnet50, 64, 2, 1",
            "googlenet-bn, 64, 2, 1", "mobilenet-v2, 64, 2, 1"})
    void staysWithinTheBudget(String name, int side, int batch, int budget) {
        try (var session = Session.open()) {
            var entry = Zoo.byName(name);
            var in = Shape.of(entry.input().dim(0), side, side);
            var model = entry.layer(10).build(session, in, 1);
            session.profiling(true);
            var pixels = new float[(int) (batch * in.elements())];
            for (var i = 0; i < pixels.length; i++) {
                pixels[i] = i * 7919 % 1000 / 500f - 1;
            }
            for (var i = 0; i < 2; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    step.backward(model.forward(step.of(Shape.of(batch).concat(in), pixels)).crossEntropy(
                            step.ofInts(Shape.of(batch), new int[batch])));
                }
            }
            var rows = session.profile(Mode.TRAIN);
            var reorders = rows.stream().filter(r -> r.op().startsWith("Reorder")).map(Profile.Row::toString).toList();
            assertTrue(reorders.size() <= budget, () -> "%d changes of layout, %d were planned:\n%s".formatted(reorders.size(), budget,
                    String.join("\n", reorders)));
            var reference = rows.stream().map(Profile.Row::implementation).filter(i -> i.contains(":ref") || i.contains("onednn:gemm"))
                    .toList();
            assertTrue(reference.equals(List.of()), reference::toString);
        }
    }
}
