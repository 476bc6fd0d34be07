package fovea;

import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.support.ChildJvm;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Without assertions (handles are reused then, memory is not poisoned) a replayed step costs no heap and no new memory. */
class SteadyStateTest {
    /** Prints heap bytes allocated by, and off-heap growth over, a number of replayed training steps. */
    static final class Replay {
        public static void main(String[] args) {
            var steps = Integer.parseInt(args[0]);
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            try (var session = Session.open(Session.options().threads(1))) {
                var w = session.parameter("w", SHAPE);
                run(session, w, 50_000);
                var held = session.memory().held();
                // A deoptimisation allocates some bytes on the thread that meets it: of a few rounds, one is free of them.
                var heap = Long.MAX_VALUE;
                for (var round = 0; round < 5 && heap > 0; round++) {
                    var before = threads.getCurrentThreadAllocatedBytes();
                    run(session, w, steps);
                    heap = Math.min(heap, threads.getCurrentThreadAllocatedBytes() - before);
                }
                System.out.println("heap bytes: " + heap);
                System.out.println("off-heap growth: " + (session.memory().held() - held));
                System.out.println("held by steps: " + session.memory().steps());
            }
        }

        private static final Shape SHAPE = Shape.of(1);

        private static void run(Session session, Parameter w, int steps) {
            for (var i = 0; i < steps; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var x = step.full(SHAPE, 1);
                    var y = x.add(w).relu().add(x).relu();
                    step.backward(y.add(w), Gradients.ADD);
                }
            }
        }
    }

    @Test
    void hundredThousandReplayedStepsAllocateNothing() throws Exception {
        var result = ChildJvm.run(List.of("-Dfovea.debug=false", "--enable-native-access=ALL-UNNAMED", "-cp",
                "target/classes" + File.pathSeparator + "target/test-classes", Replay.class.getName(), "100000"));
        assertEquals(0, result.exit(), result::toString);
        assertEquals("0", result.line("heap bytes: "), result::toString);
        assertEquals("0", result.line("off-heap growth: "), result::toString);
        assertEquals("0", result.line("held by steps: "), result::toString);
    }
}
