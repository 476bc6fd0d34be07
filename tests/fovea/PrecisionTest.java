package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.optim.Sgd;
import fovea.runtime.InstructionSets;
import fovea.support.ChildJvm;
import fovea.support.EmulatedBf16;
import java.io.File;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What asking for bf16 changes, and what it does not. */
class PrecisionTest {
    private static final int STEPS = 20;

    /** Two sessions that ask for what there is not; the main class of a JVM of its own. */
    static final class Asker {
        public static void main(String[] arguments) {
            for (var i = 0; i < 2; i++) {
                try (var session = Session.open(Session.options().isa(arguments[0]).precision(Precision.BF16))) {
                    System.out.println("computes in: " + session.precision());
                }
            }
        }
    }

    private static ChildJvm.Result ask(String isa) throws Exception {
        var child = ChildJvm.run(List.of("--enable-native-access=ALL-UNNAMED", "-cp",
                "target/classes" + File.pathSeparator + "target/test-classes", Asker.class.getName(), isa));
        assertEquals(0, child.exit(), child::toString);
        return child;
    }

    @Test
    void aCpuWithoutBf16SaysSoOnceAndComputesInF32() throws Exception {
        Assumptions.assumeFalse(InstructionSets.bf16(), "skipped: this CPU has avx512_bf16");
        var said = ask("best");
        assertEquals("f32", said.line("computes in: "));
        assertEquals(2,
                said.err().split("bf16 was asked for, but this CPU lacks the instructions avx512_bf16; computing in f32", -1).length,
                said::toString);
    }

    @Test
    void anInstructionSetWithoutBf16SaysSoToo() throws Exception {
        Assumptions.assumeTrue(InstructionSets.bf16(), "skipped: this CPU has no avx512_bf16, which is what would be said");
        var said = ask("scalar");
        assertEquals("f32", said.line("computes in: "));
        assertTrue(said.err().contains("the session's instruction set is scalar"), said::toString);
    }

    @Test
    void aCpuWithBf16ComputesInIt() {
        Assumptions.assumeTrue(InstructionSets.bf16(), "skipped: this CPU has no avx512_bf16");
        try (var session = Session.open(Session.options().precision(Precision.BF16))) {
            assertEquals(Precision.BF16, session.precision());
        }
    }

    @Test
    void whatCannotBeRoundedIsBitwiseWhatItWas() {
        Assumptions.assumeFalse(InstructionSets.bf16(), "skipped: this CPU has avx512_bf16");
        assertEquals(TrainingRun.hash(Session.options(), STEPS), TrainingRun.hash(Session.options().precision(Precision.BF16), STEPS));
    }

    @Test
    void runsInBf16AreReproducibleAndStrictOnesForAnyThreadCount() {
        var options = Session.options().threads(2).seed(5).prefer(EmulatedBf16.WHEREVER_POSSIBLE);
        var once = EmulatedBf16.with(() -> TrainingRun.hash(options.precision(Precision.BF16), STEPS));
        assertEquals(once, EmulatedBf16.with(() -> TrainingRun.hash(options.precision(Precision.BF16), STEPS)));
        assertNotEquals(TrainingRun.hash(options, STEPS), once, "nothing was rounded");
        var strict = options.strict(true).precision(Precision.BF16);
        assertEquals(EmulatedBf16.with(() -> TrainingRun.hash(strict.threads(1), STEPS)),
                EmulatedBf16.with(() -> TrainingRun.hash(strict.threads(3), STEPS)));
    }

    /** An update far below half an ulp of bf16 counts, so that many of them add up: the weights that train are f32. */
    @Test
    void weightsAndOptimizerStayF32() {
        try (var session = EmulatedBf16.open(Session.options().prefer(EmulatedBf16.WHEREVER_POSSIBLE))) {
            var w = session.parameter("w", Shape.of(1, 1));
            w.copyFrom(new float[] {1});
            var sgd = new Sgd(List.of(w), new Sgd.Options(0x1p-12, 0, 0));
            for (var i = 0; i < 16; i++) {
                try (var step = session.step(Mode.TRAIN)) {
                    step.backward(step.of(Shape.of(1, 1), 1).linear(w, null).sum());
                    sgd.step();
                }
            }
            assertArrayEquals(new float[] {1 - 16 * 0x1p-12f}, w.toArray());
        }
    }

    @Test
    void refusesWhatIsNoPrecision() {
        assertEquals(Precision.BF16, Precision.of(" BF16 "));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Precision.of("fp8")).getMessage().contains("give f32 or bf16"));
    }
}
