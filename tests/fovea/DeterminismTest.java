package fovea;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import fovea.support.ChildJvm;
import fovea.support.Tiers;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What {@link Session.Options} promises about bits: losses of 200 training steps and the weights behind them. */
class DeterminismTest {
    private static final int STEPS = 200;

    @Test
    void seedAndThreadCountGiveTheSameBitsInOneJvmAndInTwo() throws Exception {
        var options = Session.options().threads(2).seed(5);
        var here = TrainingRun.hash(options, STEPS);
        assertEquals(here, TrainingRun.hash(options, STEPS));
        for (var i = 0; i < 2; i++) {
            var child = ChildJvm.run(List.of("--enable-native-access=ALL-UNNAMED", "-cp",
                    "target/classes" + File.pathSeparator + "target/test-classes", TrainingRun.class.getName(), "2", "" + STEPS));
            assertEquals(0, child.exit(), child::toString);
            assertEquals(here, child.line("hash: "));
        }
        assertNotEquals(here, TrainingRun.hash(options.seed(6), STEPS), "the hash depends on nothing");
    }

    @Test
    void strictSessionsGiveTheSameBitsForAnyThreadCount() {
        for (var isa : Tiers.available()) {
            var options = Session.options().isa(isa).strict(true).seed(5);
            // All steps with the instruction set that sessions choose by themselves, and some with the others.
            var steps = isa.equals(Tiers.available().getLast()) ? STEPS : STEPS / 10;
            var one = TrainingRun.hash(options.threads(1), steps);
            for (var threads : new int[] {2, 3}) {
                assertEquals(one, TrainingRun.hash(options.threads(threads), steps), isa + " with " + threads + " threads");
            }
        }
    }

    @Test
    void modelsThatTrainSideBySideEndWithTheBitsThatTheyHaveAlone() throws Exception {
        var alone = new ArrayList<String>();
        var together = new ArrayList<Callable<String>>();
        for (var i = 0; i < 4; i++) {
            var options = Session.options().threads(1 + i % 2).seed(i);
            alone.add(TrainingRun.hash(options, STEPS / 4));
            together.add(() -> TrainingRun.hash(options, STEPS / 4));
        }
        try (var pool = Executors.newFixedThreadPool(together.size())) {
            var results = pool.invokeAll(together);
            for (var i = 0; i < results.size(); i++) {
                assertEquals(alone.get(i), results.get(i).get());
            }
        }
    }
}
