package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.runtime.Cpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SessionTest {
    private static void refuses(Class<? extends Exception> type, Executable call, String... parts) {
        var e = assertThrows(type, call);
        for (var part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    @Test
    void usesWhatTheJvmMayUse() {
        try (var session = Session.open()) {
            assertEquals(Cpus.threads(), session.threads());
            assertTrue(session.toString().contains(session.threads() + " threads"), session::toString);
            session.threads(1);
            assertEquals(1, session.threads());
        }
    }

    @Test
    void rejectsUnusableOptions() {
        refuses(IllegalArgumentException.class, () -> Session.open(Session.options().threads(0)), "threads is 0", "1 to 4096");
        refuses(IllegalArgumentException.class, () -> Session.open(Session.options().isa("sse9")), "'sse9'", "best");
        refuses(IllegalArgumentException.class, () -> Session.open(Session.options().provider("mkl")), "'mkl'", "onednn");
    }

    @Test
    void refusesOtherThreads() throws Exception {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            var x = step.zeros(Shape.of(2));
            var failure = new AtomicReference<Exception>();
            var thread = new Thread(() -> failure.set(assertThrows(IllegalStateException.class, x::relu)), "stranger");
            thread.start();
            thread.join();
            assertTrue(failure.get().getMessage().contains("'stranger'"), failure.get().getMessage());
            assertTrue(failure.get().getMessage().contains("one session per thread"), failure.get().getMessage());
        }
    }

    @Test
    void refusesUseAfterClose() {
        var session = Session.open();
        var w = session.parameter("fc.weight", Shape.of(2));
        var step = session.step(Mode.TRAIN);
        var x = step.zeros(Shape.of(2));
        step.close();
        step.close();
        refuses(IllegalStateException.class, () -> step.zeros(Shape.of(1)), "is closed", "session.step(mode)");
        refuses(IllegalStateException.class, x::toArray, "which is closed", "toArray() inside the step");
        refuses(IllegalStateException.class, x::relu, "no step is open");
        session.close();
        session.close();
        refuses(IllegalStateException.class, () -> session.step(Mode.TRAIN), "session is closed", "Session.open()");
        refuses(IllegalStateException.class, w::toArray, "session is closed");
    }

    @Test
    void refusesASecondStepAndSaysWhereTheFirstWasOpened() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var e = assertThrows(IllegalStateException.class, () -> session.step(Mode.EVAL));
            assertTrue(e.getMessage().contains("step " + step.number() + " is still open"), e.getMessage());
            assertNotNull(e.getCause());
        }
    }

    @Test
    void refusesTensorsOfAnotherSession() {
        try (var one = Session.open(); var two = Session.open(); var a = one.step(Mode.EVAL); var b = two.step(Mode.EVAL)) {
            var x = a.zeros(Shape.of(2));
            refuses(IllegalArgumentException.class, () -> b.zeros(Shape.of(2)).add(x), "another session", "copy");
        }
    }

    @Test
    void memoryIsFlatAfterTheFirstStepAndEmptyAfterEach() {
        try (var session = Session.open()) {
            var held = 0L;
            for (var i = 0; i < 20; i++) {
                try (var step = session.step(Mode.EVAL)) {
                    step.zeros(Shape.of(1000, 1 + i % 3)).relu().relu();
                }
                assertEquals(0, session.memory().steps());
                if (i == 3) {
                    held = session.memory().held();
                }
            }
            assertEquals(held, session.memory().held());
        }
    }

    @Test
    void sessionsInSeveralThreadsWorkSideBySide() throws Exception {
        Callable<float[]> work = () -> {
            try (var session = Session.open(Session.options().threads(2).seed(9))) {
                float[] last = null;
                for (var i = 0; i < 50; i++) {
                    try (var step = session.step(Mode.EVAL)) {
                        last = step.normal(Shape.of(50_000), 0, 1).relu().toArray();
                    }
                }
                return last;
            }
        };
        try (var pool = Executors.newFixedThreadPool(4)) {
            var results = new ArrayList<float[]>();
            for (var future : pool.invokeAll(java.util.Collections.nCopies(4, work))) {
                results.add(future.get());
            }
            for (var result : results) {
                assertArrayEquals(results.getFirst(), result);
            }
        }
    }

    /** Workers inherit the name of the thread whose session started them. */
    private static long threadsNamed(String name) throws IOException {
        try (var tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.filter(task -> {
                try {
                    return Files.readString(task.resolve("comm")).strip().equals(name);
                } catch (IOException e) {
                    return false;  // it ended meanwhile
                }
            }).count();
        }
    }

    @Test
    void sessionsSideBySideStayWithinTheirBudgets() throws Exception {
        if (!Files.isDirectory(Path.of("/proc/self/task"))) {
            var message = "skipped: this system does not list threads in /proc/self/task";
            System.out.println(message);
            Assumptions.abort(message);
        }
        var counts = new ConcurrentHashMap<Integer, Long>();
        var bothWork = new CyclicBarrier(2);
        var threads = new ArrayList<Thread>();
        for (var budget : new int[] {2, 3}) {
            var name = "budget-of-" + budget;
            threads.add(Thread.ofPlatform().name(name).start(() -> {
                try (var session = Session.open(Session.options().threads(budget)); var step = session.step(Mode.EVAL)) {
                    step.zeros(Shape.of(1_000_000)).relu();
                    bothWork.await();
                    counts.put(budget, threadsNamed(name));
                    bothWork.await();
                } catch (IOException | InterruptedException | BrokenBarrierException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertEquals(Map.of(2, 2L, 3, 3L), counts);
    }

    @Test
    void checkFiniteNamesTheOp() {
        try (var session = Session.open(Session.options().checkFinite(true)); var step = session.step(Mode.EVAL)) {
            step.enter("features.relu1");
            var x = step.of(Shape.of(2), 1, Float.NaN);
            refuses(ArithmeticException.class, x::relu, "features.relu1", "Relu", "NaN");
        }
    }

    @Test
    void forcedInstructionSetsAreUsed() {
        for (var isa : fovea.support.Tiers.available()) {
            try (var session = Session.open(Session.options().isa(isa))) {
                assertEquals(isa, session.isa());
            }
        }
    }

    @Test
    void parametersKeepTheirHandle() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(2));
            assertEquals("w", w.name());
            w.freeze(true);
            try (var step = session.step(Mode.TRAIN)) {
                var y = w.add(w);
                assertTrue(!y.needsGrad());
                refuses(IllegalStateException.class, () -> step.backward(y, Gradients.REPLACE, 1, 1), "not frozen");
            }
            w.freeze(false);
            try (var step = session.step(Mode.TRAIN)) {
                step.backward(w.add(w), Gradients.REPLACE, 1, 1);
                assertArrayEquals(new float[] {2, 2}, w.grad());
                assertSame(session, w.session());
            }
        }
    }

    @Test
    void aForgottenSessionIsReportedWithThePlaceThatOpenedIt() throws Exception {
        var records = new ArrayList<LogRecord>();
        var logger = Logger.getLogger("fovea");
        var handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                synchronized (records) {
                    records.add(entry);
                    records.notifyAll();
                }
            }

            @Override
            public void flush() {
            }

            @Override
            public void close() {
            }
        };
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            var forgetful = new Thread(() -> Session.open().threads());
            forgetful.start();
            forgetful.join();
            synchronized (records) {
                for (var i = 0; records.isEmpty() && i < 100; i++) {
                    System.gc();
                    records.wait(100);
                }
                assertTrue(!records.isEmpty(), "no report");
                assertTrue(records.getFirst().getMessage().contains("never closed"), records.getFirst().getMessage());
                assertNotNull(records.getFirst().getThrown());
            }
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
    }
}
