package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.bindings.FoveaNative;
import fovea.support.ChildJvm;
import fovea.support.Tiers;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The first kernels against a protected page: every length around the vector widths, on every instruction set. */
class GuardPageTest {
    private static final int LONGEST = 70;

    /** A buffer of n floats whose end is the end of accessible memory, with room before it that must stay as it is. */
    private record Flush(Native context, MemorySegment room, int n) implements AutoCloseable {
        private static final int BEFORE = 32;

        static Flush of(Native context, int n) {
            try (var arena = Arena.ofConfined()) {
                var out = arena.allocate(ValueLayout.ADDRESS);
                context.check(FoveaNative.fov_memory_map_guarded(context.ctx(), (BEFORE + n) * 4L, out));
                var room = out.get(ValueLayout.ADDRESS, 0).reinterpret((BEFORE + n) * 4L);
                for (var i = 0; i < BEFORE + n; i++) {
                    room.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
                }
                return new Flush(context, room, n);
            }
        }

        MemorySegment data() {
            return room.asSlice(BEFORE * 4L);
        }

        void assertEquals(java.util.function.IntToDoubleFunction expected, String label) {
            for (var i = 0; i < BEFORE + n; i++) {
                var e = i < BEFORE ? i : expected.applyAsDouble(i);
                org.junit.jupiter.api.Assertions.assertEquals(e, room.getAtIndex(ValueLayout.JAVA_FLOAT, i), label + " at " + (i - BEFORE));
            }
        }

        @Override
        public void close() {
            context.check(FoveaNative.fov_memory_unmap_guarded(context.ctx(), room, room.byteSize()));
        }
    }

    @Test
    void fillWritesItsElementsAndNothingElse() {
        for (var isa : Tiers.available()) {
            try (var context = new Native(Tiers.id(isa), 1)) {
                for (var n = 0; n <= LONGEST; n++) {
                    try (var y = Flush.of(context, n)) {
                        context.check(FoveaNative.fov_fill(context.ctx(), y.data(), 7, n));
                        y.assertEquals(_ -> 7, "fill of " + n + " on " + isa);
                    }
                }
            }
        }
    }

    @Test
    void axpyReadsAndWritesItsElementsAndNothingElse() {
        for (var isa : Tiers.available()) {
            try (var context = new Native(Tiers.id(isa), 1)) {
                for (var n = 0; n <= LONGEST; n++) {
                    try (var y = Flush.of(context, n); var x = Flush.of(context, n)) {
                        context.check(FoveaNative.fov_axpy(context.ctx(), y.data(), 3, x.data(), n));
                        y.assertEquals(i -> 4 * i, "axpy of " + n + " on " + isa);
                        x.assertEquals(i -> i, "axpy's x of " + n + " on " + isa);
                    }
                }
            }
        }
    }

    /** Fills one element more than there is. */
    static final class Trespasser {
        public static void main(String[] args) {
            try (var context = new Native(FoveaNative.FOV_ISA_BEST(), 1)) {
                var y = Flush.of(context, 5);
                FoveaNative.fov_fill(context.ctx(), y.data(), 7, 6);
                System.out.println("nobody noticed");
            }
        }
    }

    @Test
    void aWritePastTheEndDoesNotGoUnnoticed() throws Exception {
        var result = ChildJvm
                .run(List.of("--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash", "-XX:+SuppressFatalErrorMessage",
                        "-cp", "target/classes" + File.pathSeparator + "target/test-classes", Trespasser.class.getName()));
        assertNotEquals(0, result.exit(), result::toString);
        assertTrue(!result.out().contains("nobody noticed"), result::toString);
        assertEquals("", result.out().strip());
    }
}
