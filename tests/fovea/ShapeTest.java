package fovea;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ShapeTest {
    private static void refuses(Executable call, String... parts) {
        var e = assertThrows(IllegalArgumentException.class, call);
        for (var part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    @Test
    void countsElementsAndAxes() {
        var shape = Shape.of(2, 3, 4);
        assertEquals(24, shape.elements());
        assertEquals(4, shape.dim(-1));
        assertEquals(1, shape.axis(-2));
        assertEquals(Shape.of(2, 7, 4), shape.with(1, 7));
        assertEquals(Shape.of(3, 4), shape.slice(1, 3));
        assertEquals(Shape.of(2, 3, 4, 5), shape.concat(Shape.of(5)));
        assertEquals("[2, 3, 4]", shape.toString());
        assertEquals(1, Shape.scalar().elements());
    }

    @Test
    void isAValue() {
        long[] dims = {2, 3};
        var shape = Shape.of(dims);
        dims[0] = 99;
        assertEquals(Shape.of(2, 3), shape);
        shape.toArray()[0] = 99;
        assertEquals(2, shape.dim(0));
    }

    @Test
    void rejectsZeroAndNegativeDimensions() {
        refuses(() -> Shape.of(3, 0), "dimension 1 is 0", "at least 1");
        refuses(() -> Shape.of(-4), "dimension 0 is -4", "at least 1");
    }

    @Test
    void rejectsOverflow() {
        refuses(() -> Shape.of(1L << 32, 1L << 32), "more than 2^40 elements", "split");
        refuses(() -> Shape.of(Long.MAX_VALUE, 2), "more than 2^40");
    }

    @Test
    void rejectsTooManyDimensionsAndUnknownAxes() {
        refuses(() -> Shape.of(1, 1, 1, 1, 1, 1, 1, 1, 1), "9 dimensions", "at most 8");
        refuses(() -> Shape.of(2, 3).dim(2), "axis 2", "-2 to 1");
    }
}
