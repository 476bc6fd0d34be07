package fovea;

import java.util.Locale;

/** What the operands of convolutions and products are rounded to. Parameters, results, sums, norms, losses and optimizers are f32 always. */
public enum Precision {
    /** Nothing is rounded. */
    F32,
    /**
     * To bf16 (f32's range, 8 bits of precision) wherever that is the fastest way: activations, weights and gradients are rounded to
     * nearest even on their way into a convolution or a product, which adds up in f32. Needs a CPU with {@code avx512_bf16}; elsewhere
     * a session says so and computes in f32.
     */
    BF16;

    /** {@code "f32"} or {@code "bf16"}. */
    public static Precision of(String name) {
        return switch (name.strip().toLowerCase(Locale.ROOT)) {
            case "f32" -> F32;
            case "bf16" -> BF16;
            default -> throw new IllegalArgumentException("precision '%s' is unknown; give f32 or bf16".formatted(name));
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
