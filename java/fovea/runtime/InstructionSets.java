package fovea.runtime;

import fovea.bindings.FoveaNative;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The instruction sets that the native library, this CPU and the operating system can all run. */
public final class InstructionSets {
    /** Chooses one for every session that does not name its own. */
    public static final String PROPERTY = "fovea.isa";

    private InstructionSets() {
    }

    /** Their names, from the smallest to the best. */
    public static List<String> available() {
        return usable().mapToObj(InstructionSets::name).toList();
    }

    /** The native number of a name; {@code best} is the last of {@link #available}. */
    public static int id(String name) {
        var wanted = name.strip().toLowerCase(Locale.ROOT);
        if (wanted.equals("best")) {
            return FoveaNative.FOV_ISA_BEST();
        }
        return usable().filter(id -> name(id).equals(wanted)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "instruction set '%s' cannot be used here; this CPU has %s, or give 'best'".formatted(name, available())));
    }

    public static String name(int id) {
        return FoveaNative.fov_isa_name(id).reinterpret(16).getString(0);
    }

    /** Whether the CPU multiplies bf16 natively. */
    public static boolean bf16() {
        NativeLoader.load();
        return FoveaNative.fov_bf16_native() != 0;
    }

    private static IntStream usable() {
        NativeLoader.load();
        return IntStream.range(0, FoveaNative.FOV_ISA_COUNT()).filter(id -> FoveaNative.fov_isa_available(id) != 0);
    }
}
