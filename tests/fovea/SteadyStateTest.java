package fovea;

import static fovea.nn.Layers.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.nn.Model;
import fovea.optim.Sgd;
import fovea.support.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
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

    /** Prints pages that the system had to bring for, and off-heap growth over, replayed steps of a network. */
    static final class ReplayNetwork {
        private static final int BATCH = 8;
        private static final Shape IN = Shape.of(3, 48, 48);

        public static void main(String[] args) throws IOException {
            var block = residual(sequential(conv2d(32, 3).padding(1).bias(false), batchNorm(), relu(),
                    conv2d(32, 3).padding(1).bias(false), batchNorm())).activation(relu());
            var network = sequential(conv2d(32, 3).padding(1), relu(), maxPool2d(2), block, block, flatten(), dense(64), relu(), dense(10));
            try (var session = Session.open(Session.options().threads(2).recompute(true))) {
                var model = network.build(session, IN, 1);
                var sgd = new Sgd(model.parameters(), new Sgd.Options(0.01, 0.9, 0));
                var pixels = new float[(int) (BATCH * IN.elements())];
                run(session, model, sgd, pixels, 300);
                var held = session.memory().held();
                var faults = Long.MAX_VALUE;
                // What the JVM does meanwhile, compiling above all, touches pages too: of some rounds, one is free of it.
                for (var round = 0; round < 20 && faults > 0; round++) {
                    var before = minorFaults();
                    run(session, model, sgd, pixels, 10);
                    faults = Math.min(faults, minorFaults() - before);
                }
                System.out.println("page faults: " + faults);
                System.out.println("off-heap growth: " + (session.memory().held() - held));
            }
        }

        private static void run(Session session, Model model, Sgd sgd, float[] pixels, int steps) {
            for (var i = 0; i < steps; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var y = model.forward(step.of(Shape.of(BATCH).concat(IN), pixels));
                    sgd.backward(step, y.crossEntropy(step.ofInts(Shape.of(BATCH), 0, 1, 2, 3, 4, 5, 6, 7)));
                }
            }
        }

        /** Of all threads: the tenth field of their common line, behind a name in brackets. */
        private static long minorFaults() throws IOException {
            var line = Files.readString(Path.of("/proc/self/stat"));
            return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ")[7]);
        }
    }

    @Test
    void replayedStepsOfANetworkTouchNoNewPage() throws Exception {
        // The Java heap is touched as a whole beforehand, so that garbage of counting needs no new page.
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/stat")), "page faults are counted in /proc, which is not here");
        var result = ChildJvm.run(List.of("-Dfovea.debug=false", "-XX:+UseSerialGC", "-Xms64m", "-Xmx64m",
                "-XX:+AlwaysPreTouch", "--enable-native-access=ALL-UNNAMED", "-cp",
                "target/classes" + File.pathSeparator + "target/test-classes", ReplayNetwork.class.getName()));
        assertEquals(0, result.exit(), result::toString);
        assertEquals("0", result.line("page faults: "), result::toString);
        assertEquals("0", result.line("off-heap growth: "), result::toString);
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
