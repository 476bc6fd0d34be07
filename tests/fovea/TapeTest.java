package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TapeTest {
    @Test
    void gradientsOfSeveralReadersAreAdded() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var w = session.parameter("w", Shape.of(4));
            w.copyFrom(1, -2, 3, -4);
            var y = w.relu().add(w).add(w);
            step.backward(y, Gradients.REPLACE, 1, 10, 100, 1000);
            assertArrayEquals(new float[] {3, 20, 300, 2000}, w.grad());
        }
    }

    @Test
    void sharedGradientsAreNotOverwrittenByLaterReaders() {
        try (var session = Session.open(); var step = session.step(Mode.TRAIN)) {
            var x = step.of(Shape.of(2), 1, -1).track();
            var a = x.relu();
            var b = x.add(a);          // dx and da share the gradient of b
            var y = b.add(x.relu());
            step.backward(y, Gradients.REPLACE, 1, 1);
            assertArrayEquals(new float[] {3, 1}, x.grad());
        }
    }

    @Test
    void replaysAndTakesAnotherPathWhenTheUserDoes() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(2));
            w.copyFrom(2, -3);
            for (var i = 0; i < 10; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    var y = i % 3 == 0 ? w.relu() : w.add(w).relu().add(w);
                    assertArrayEquals(i % 3 == 0 ? new float[] {2, 0} : new float[] {6, -3}, y.toArray());
                    step.backward(y, Gradients.REPLACE, 1, 1);
                    assertArrayEquals(i % 3 == 0 ? new float[] {1, 0} : new float[] {3, 1}, w.grad());
                }
                assertEquals(0, session.memory().steps());
            }
        }
    }

    @Test
    void checkpointsGiveTheSameGradientsInLessMemory() {
        try (var session = Session.open()) {
            var w = session.parameter("w", Shape.of(1 << 16));
            try (var step = session.step(Mode.TRAIN)) {
                var x = w.add(w);
                var y = step.checkpoint(t -> t.relu().add(t).relu().add(t), x);
                var before = session.memory().steps();
                assertTrue(before <= 3 * 4 << 16, () -> "inner tensors are still held: " + before);
                var seed = new float[1 << 16];
                java.util.Arrays.fill(seed, 1);
                w.touch();
                step.backward(y, Gradients.REPLACE, seed);
                assertEquals(2f, w.grad()[7]);
            }
            assertEquals(0, session.memory().steps());
        }
    }

    @Test
    void staleHandlesSayWhatToDo() {
        try (var session = Session.open()) {
            Tensor y;
            try (var step = session.step(Mode.EVAL)) {
                y = step.of(Shape.of(2), 1, 2).relu();
            }
            var e = assertThrows(IllegalStateException.class, y::toArray);
            assertTrue(e.getMessage().contains("toArray() inside the step"), e.getMessage());
        }
    }

    @Test
    void printsLikeNumPy() {
        try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
            assertEquals("[[2, -2],\n [6.5, -4]]", step.of(Shape.of(2, 2), 2, -2, 6.5f, -4).toString());
        }
    }
}
