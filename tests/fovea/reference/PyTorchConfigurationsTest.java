package fovea.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Sessions;
import fovea.op.Convert;
import fovea.op.Detach;
import fovea.op.Dropout;
import fovea.op.ImageToFloat;
import fovea.op.Op;
import fovea.op.RandomRelu;
import fovea.op.Reorder;
import fovea.op.StochasticPool;
import fovea.support.Tiers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Random configurations of all ops and losses, forward and backward, against what PyTorch computed in double precision. */
class PyTorchConfigurationsTest {
    /** As the file was recorded: how many of every op, and with which seed. */
    private static final List<Configuration> CONFIGURATIONS = Configurations.draw(4, 1);

    /** Ops that are not compared, and why. */
    private static final Map<Class<? extends Op>, String> NOT_COMPARED = Map.of(
            Dropout.class, "random", RandomRelu.class, "random", StochasticPool.class, "random",
            Detach.class, "computes nothing", Reorder.class, "computes nothing", Convert.class, "another element type, not F32",
            ImageToFloat.class, "reads bytes, not F32");

    private static List<Configuration.Result> recorded() {
        return Recorded.read(PyTorchConfigurationsTest.class.getResourceAsStream("pytorch.bin"), CONFIGURATIONS);
    }

    @TestFactory
    Stream<DynamicTest> agreeWithPyTorch() {
        var recorded = recorded();
        assertTrue(recorded.size() >= 400, () -> "configurations are missing: " + recorded.size());
        return IntStream.range(0, CONFIGURATIONS.size()).mapToObj(i -> DynamicTest.dynamicTest(CONFIGURATIONS.get(i).name(), () -> {
            for (var isa : Tiers.available()) {
                try (var session = Session.open(Session.options().isa(isa).threads(2))) {
                    CONFIGURATIONS.get(i).check(CONFIGURATIONS.get(i).run(session), recorded.get(i));
                }
            }
        }));
    }

    @Test
    void everyOpIsCompared() {
        var seen = new HashSet<Class<?>>();
        try (var session = Sessions.watched(Session.options(), op -> seen.add(op.getClass()))) {
            CONFIGURATIONS.forEach(c -> c.run(session));
        }
        var missing = new ArrayList<>(List.of(Op.class.getPermittedSubclasses()));
        missing.removeAll(seen);
        missing.removeAll(NOT_COMPARED.keySet());
        assertEquals(List.of(), missing);
    }

    /**
     * A wrong number anywhere is found: every result, moved by a thousandth of its largest element, is refused, but for the few that
     * nearly equal numbers were divided in.
     */
    @Test
    void theBoundsAreTightEnoughToFindAThousandth() {
        var recorded = recorded();
        var uncertain = 0;
        try (var session = Session.open()) {
            for (var i = 0; i < CONFIGURATIONS.size(); i++) {
                var configuration = CONFIGURATIONS.get(i);
                if (configuration.steepness() > 10) {
                    uncertain++;
                    continue;
                }
                var ours = configuration.run(session);
                var expected = recorded.get(i);
                for (var g = -1; g < ours.gradients().size(); g++) {
                    var damaged = new Configuration.Result(g < 0 ? moved(expected.y()) : expected.y(),
                            new ArrayList<>(expected.gradients()));
                    if (g >= 0) {
                        damaged.gradients().set(g, moved(expected.gradients().get(g)));
                    }
                    assertThrows(AssertionError.class, () -> configuration.check(ours, damaged), configuration.name());
                }
            }
        }
        assertTrue(uncertain < CONFIGURATIONS.size() / 40, uncertain + " of " + CONFIGURATIONS.size() + " have bounds that find nothing");
    }

    private static double[] moved(double[] x) {
        var largest = 0.0;
        for (var v : x) {
            largest = Math.max(largest, Math.abs(v));
        }
        var moved = x.clone();
        moved[x.length / 2] += Math.max(1, largest) / 1000;
        return moved;
    }
}
