package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

public class TensorTest {
    private Session session;
    private Step step;

    @BeforeEach
    void open() {
        session = Session.open(Session.options().threads(2).seed(42));
        step = session.step(Mode.EVAL);
    }

    @AfterEach
    void close() {
        session.close();
    }

    private static void refuses(Class<? extends Exception> type, Executable call, String... parts) {
        var e = assertThrows(type, call);
        for (var part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    @Test
    void createsWhatItsNameSays() {
        assertArrayEquals(new float[] {1, 2, 3}, step.of(Shape.of(3), 1, 2, 3).toArray());
        assertArrayEquals(new float[4], step.zeros(Shape.of(2, 2)).toArray());
        assertArrayEquals(new float[] {7, 7}, step.full(Shape.of(2), 7).toArray());
        assertArrayEquals(new float[] {0, 1, 2, 3}, step.arange(4).toArray());
        assertArrayEquals(new int[] {5, -1}, step.ofInts(Shape.of(2), 5, -1).toIntArray());
        assertEquals(3.5f, step.of(Shape.scalar(), 3.5f).item());
    }

    @Test
    void memoryIsAlignedTo64Bytes() {
        for (var n = 1; n < 40; n++) {
            assertEquals(0, step.zeros(Shape.of(n)).value.data().address() % 64);
        }
    }

    @Test
    void convertsBetweenElementTypes() {
        var bytes = step.input(Shape.of(4), ElementType.U8);
        bytes.copyFrom(0, 255, 300, -7);
        assertArrayEquals(new int[] {0, 255, 255, 0}, bytes.toIntArray());
        var half = step.input(Shape.of(5), ElementType.BF16);
        half.copyFrom(1, 1.00390625f, 1.01171875f, Float.NaN, Float.POSITIVE_INFINITY);  // ties go to even
        assertArrayEquals(new float[] {1, 1, 1.015625f, Float.NaN, Float.POSITIVE_INFINITY}, half.toArray());
        var ints = step.input(Shape.of(4), ElementType.I32);
        ints.copyFrom(2.9f, -2.9f, 1e20f, Float.NaN);
        assertArrayEquals(new int[] {2, -2, Integer.MAX_VALUE, 0}, ints.toIntArray());
    }

    @Test
    void copiesToAndFromSegmentsOnAndOffTheHeap() {
        try (var arena = Arena.ofConfined()) {
            var offHeap = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);
            var x = step.input(Shape.of(3), ElementType.F32);
            x.copyFrom(offHeap, ElementType.F32);
            var heap = new float[3];
            x.copyTo(MemorySegment.ofArray(heap));
            assertArrayEquals(new float[] {1, 2, 3}, heap);
            x.copyFrom(MemorySegment.ofArray(new byte[] {1, -1, 0}), ElementType.U8);
            assertArrayEquals(new float[] {1, 255, 0}, x.toArray());
        }
    }

    @Test
    void rejectsCopiesOfAnotherLength() {
        var x = step.zeros(Shape.of(2, 3));
        refuses(IllegalArgumentException.class, () -> x.copyFrom(1f, 2f), "6 elements", "has 2");
        refuses(IllegalArgumentException.class, () -> x.copyTo(MemorySegment.ofArray(new float[5])), "24 bytes", "20 bytes");
        refuses(IllegalArgumentException.class, () -> x.copyFrom(MemorySegment.ofArray(new byte[5]), ElementType.U8), "6 bytes", "5 bytes");
        refuses(IllegalStateException.class, x::item, "6 elements", "reduce");
    }

    @Test
    void rejectsSegmentsThatCannotBeUsed() throws Exception {
        var x = step.zeros(Shape.of(2, 3));
        refuses(IllegalArgumentException.class, () -> x.copyTo(MemorySegment.ofArray(new float[6]).asReadOnly()), "24 bytes",
                "read-only", "writable");
        var arena = Arena.ofConfined();
        var segment = arena.allocate(24);
        arena.close();
        refuses(IllegalStateException.class, () -> x.copyTo(segment), "24 bytes", "closed", "keep it open");
        refuses(IllegalStateException.class, () -> x.copyFrom(segment, ElementType.F32), "24 bytes", "closed", "keep it open");
        var foreign = new MemorySegment[1];
        var stranger = new Thread(() -> foreign[0] = Arena.ofConfined().allocate(24));
        stranger.start();
        stranger.join();
        refuses(IllegalStateException.class, () -> x.copyFrom(foreign[0], ElementType.F32), "another thread", "shared");
    }

    @Test
    void rejectsWritesToWhatIsComputed() {
        var y = step.zeros(Shape.of(2)).relu();
        refuses(IllegalStateException.class, () -> y.copyFrom(1f, 2f), "is computed", "only inputs");
    }

    @Test
    void randomNumbersDependOnSeedAndPositionButNotOnThreads() {
        var shape = Shape.of(100_000);
        var two = step.normal(shape, 1, 2).toArray();
        var next = step.normal(shape, 1, 2).toArray();
        try (var other = Session.open(Session.options().threads(1).seed(42)); var s = other.step(Mode.EVAL)) {
            assertArrayEquals(two, s.normal(shape, 1, 2).toArray());
            assertArrayEquals(next, s.normal(shape, 1, 2).toArray());
        }
        var mean = 0.0;
        var square = 0.0;
        for (var v : two) {
            mean += v / two.length;
            square += (double) v * v / two.length;
        }
        // Five standard errors of the mean (2 / sqrt(n)) and of the second moment (sqrt(16 + 2 * 16) / sqrt(n), rounded up).
        assertEquals(1, mean, 5 * 2 / Math.sqrt(two.length));
        assertEquals(5, square, 5 * 7 / Math.sqrt(two.length));
    }

    @Test
    void uniformNumbersStayInTheirHalfOpenRange() {
        for (var v : step.uniform(Shape.of(100_000), -1, 1).toArray()) {
            assertTrue(v >= -1 && v < 1);
        }
    }

    @Test
    void printsLikeNumPy() {
        assertEquals("[0, 1, 2, ..., 1997, 1998, 1999]", step.arange(2000).toString());
        assertEquals("[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]", step.arange(8).reshape(2, 2, 2).toString());
        assertEquals("[0.5, NaN, Infinity]", step.of(Shape.of(3), 0.5f, Float.NaN, Float.POSITIVE_INFINITY).toString());
    }
}
