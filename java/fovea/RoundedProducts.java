package fovea;

import fovea.bindings.FoveaNative;
import fovea.runtime.InstructionSets;
import fovea.runtime.Native;
import java.util.concurrent.atomic.AtomicBoolean;

/** Whether a session can compute in bf16, and who is told where it cannot. */
final class RoundedProducts {
    private static final System.Logger LOG = System.getLogger("fovea");
    /** The same sentence for every session of a program would be noise. */
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private RoundedProducts() {
    }

    /** Sets the context to the precision that was asked for, or to what the CPU can do, and returns it. */
    static Precision apply(Precision asked, Native context) {
        if (asked == Precision.F32) {
            return asked;
        }
        var emulated = "emulated".equals(System.getProperty("fovea.bf16"));
        var native16 = InstructionSets.bf16() && context.isa() == FoveaNative.FOV_ISA_AVX512();
        if (!emulated && !native16) {
            if (!SAID.getAndSet(true)) {
                LOG.log(System.Logger.Level.WARNING, "bf16 was asked for, but %s; computing in f32".formatted(InstructionSets.bf16()
                        ? "the session's instruction set is %s and only avx512 has bf16 dot products".formatted(InstructionSets.name(
                                context.isa()))
                        : "this CPU lacks the instructions avx512_bf16"));
            }
            return Precision.F32;
        }
        context.option(FoveaNative.FOV_OPTION_PRECISION(),
                emulated ? FoveaNative.FOV_PRECISION_BF16_EMULATED() : FoveaNative.FOV_PRECISION_BF16());
        return Precision.BF16;
    }
}
