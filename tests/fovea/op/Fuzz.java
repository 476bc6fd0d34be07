package fovea.op;

import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Seeded random cases. {@code -Dfovea.fuzz=N} runs N times as many; a failure prints the seed, {@code -Dfovea.seed=S} runs it alone. */
final class Fuzz {
    private Fuzz() {
    }

    static void run(String what, int cases, Consumer<SplittableRandom> check) {
        var only = Long.getLong("fovea.seed");
        var n = only != null ? 1 : (long) cases * Integer.getInteger("fovea.fuzz", 1);
        for (var i = 0L; i < n; i++) {
            var seed = only != null ? only : i;
            try {
                check.accept(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + what.hashCode()));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("%s failed with -Dfovea.seed=%d: %s".formatted(what, seed, e.getMessage()), e);
            }
        }
    }
}
