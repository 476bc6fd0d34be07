package fovea.support;

import static fovea.runtime.DamagedPlan.Damage.NONE;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.op.Op;
import fovea.op.Relu;
import fovea.op.Reshape;
import fovea.runtime.DamagedPlan;
import fovea.runtime.DamagedPlan.Damage;
import fovea.runtime.Layout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The contract finds what is wrong with a plan: one defect after the other, planted into ReLU. */
class OpContractTest {
    private static OpCase relu(long... dims) {
        return OpCase.of("relu " + Arrays.toString(dims), Relu.RELU).input(dims).exact().kinkAtZero()
                .oracle(in -> new double[][] {Arrays.stream(in[0]).map(x -> Math.max(x, 0)).toArray()});
    }

    private static void rejects(OpCase c, Damage afterForward, Damage beforeBackward, Damage afterBackward, String... parts) {
        c.plans(DamagedPlan.of(Relu.class, afterForward, beforeBackward, afterBackward));
        var e = assertThrows(AssertionError.class, () -> OpContract.check(c));
        for (var part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "'" + part + "' is missing in: " + e.getMessage());
        }
    }

    private static float get(MemorySegment memory, long i) {
        return memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }

    private static void set(MemorySegment memory, long i, float value) {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }

    private static long elements(MemorySegment memory) {
        return memory.byteSize() / Float.BYTES;
    }

    @Test
    void acceptsThePlanItself() {
        OpContract.check(relu(3, 17, 2).plans(DamagedPlan.of(Relu.class, NONE, NONE, NONE)));
    }

    @Test
    void rejectsAGradientScaledByAQuarter() {
        rejects(relu(3, 5), NONE, NONE, (node, _) -> {
            for (var i = 0; i < elements(node.dx(0)); i++) {
                set(node.dx(0), i, get(node.dx(0), i) / 4);
            }
        }, "gradient of input 0");
    }

    @Test
    void rejectsAMissingTail() {
        rejects(relu(400, 5), (node, _) -> set(node.y(0), elements(node.y(0)) - 1, Float.NaN), NONE, NONE, "y[1999] is NaN");
        rejects(relu(400, 5), NONE, NONE, (node, _) -> set(node.dx(0), elements(node.dx(0)) - 1, Float.NaN), "gradient of input 0");
        rejects(relu(3, 5), NONE, NONE, (node, _) -> {
            var last = elements(node.dx(0)) - 1;
            while (get(node.dx(0), last) == 0) {
                last--;
            }
            set(node.dx(0), last, 0);
        }, "gradient of input 0");
    }

    @Test
    void rejectsAGradientAddedToDirtyMemory() {
        var old = new float[1];
        rejects(relu(3, 5), NONE, (node, _) -> old[0] = get(node.dx(0), 7), (node, _) -> set(node.dx(0), 7, get(node.dx(0), 7) + old[0]),
                "gradient of input 0");
    }

    @Test
    void rejectsALastBitThatIsWrongOnIntegers() {
        rejects(relu(3, 5), (node, _) -> {
            for (var i = 0; i < elements(node.y(0)); i++) {
                set(node.y(0), i, Math.nextUp(get(node.y(0), i)));
            }
        }, NONE, NONE, "small integers are exact");
    }

    @Test
    void rejectsResultsThatHangOnTheNumberOfThreads() {
        rejects(relu(3, 5), NONE, NONE, (node, threads) -> {
            if (threads == 2) {
                set(node.dx(0), 0, Math.nextUp(get(node.dx(0), 0)));
            }
        }, "1 and 2 threads differ");
    }

    @Test
    void rejectsDirtyPaddingLanes() {
        Damage dirtyOutput = (node, _) -> {
            if (node.output(0).layout() == Layout.C16) {
                set(node.y(0), 15, 1);
            }
        };
        rejects(relu(2, 15, 2), dirtyOutput, NONE, NONE, "padding lanes of y");
        Damage dirtyGradient = (node, _) -> {
            if (node.input(0).layout() == Layout.C16) {
                set(node.dx(0), 15, 1);
            }
        };
        rejects(relu(2, 15, 2), NONE, NONE, dirtyGradient, "padding lanes of a gradient");
    }

    @Test
    void rejectsBackwardOnWhatWasNotSaved() {
        // ReLU saves y. Reading x works only as long as somebody else holds it.
        rejects(relu(3, 5), NONE, NONE, (node, _) -> {
            for (var i = 0; i < elements(node.dx(0)); i++) {
                set(node.dx(0), i, node.x(0).get(ValueLayout.JAVA_FLOAT, 4L * i) > 0 ? get(node.dy(0), i) : 0);
            }
        }, "not held");
    }

    @Test
    void rejectsACaseThatProvesNothing() {
        var c = OpCase.of("zeros", Relu.RELU).input((_, _) -> -1, 4, 4).oracle(in -> new double[][] {new double[16]});
        var e = assertThrows(AssertionError.class, () -> OpContract.check(c));
        assertTrue(e.getMessage().contains("nearly all zeros"), e.getMessage());
    }

    @Test
    void rejectsAnOracleOfAnotherOp() {
        Op op = new Reshape(fovea.Shape.of(15));
        var c = OpCase.of("reshape", op).input(3, 5).exact().oracle(in -> new double[][] {Arrays.stream(in[0]).map(x -> x + 1).toArray()});
        assertThrows(AssertionError.class, () -> OpContract.check(c));
    }
}
