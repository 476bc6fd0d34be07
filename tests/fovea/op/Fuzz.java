package fovea.op;

import fovea.support.OpCase;
import fovea.support.OpContract;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Seeded random cases. {@code -Dfovea.fuzz=N} runs N times as many, {@code -Dfovea.fuzz.cases=N} that many of every family, each in one
 * configuration drawn with it, and says so; a failure prints the seed, {@code -Dfovea.seed=S} runs it alone.
 */
final class Fuzz {
    private static final Integer CASES = Integer.getInteger("fovea.fuzz.cases");

    private Fuzz() {
    }

    static void run(String what, int cases, Consumer<SplittableRandom> check) {
        var only = Long.getLong("fovea.seed");
        var n = only != null ? 1 : CASES != null ? CASES : (long) cases * Integer.getInteger("fovea.fuzz", 1);
        var begin = System.nanoTime();
        for (var i = 0L; i < n; i++) {
            var seed = only != null ? only : i;
            try {
                check.accept(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + what.hashCode()));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("%s failed with -Dfovea.seed=%d: %s".formatted(what, seed, e.getMessage()), e);
            }
        }
        if (CASES != null) {
            System.out.printf("fuzz: %-20s %,8d random cases in %,d s%n", what, n, (System.nanoTime() - begin) / 1_000_000_000);
        }
    }

    /** The whole contract where cases are few, one configuration of it where they are many. */
    static void check(OpCase c, SplittableRandom random) {
        if (CASES != null) {
            OpContract.sample(c, random);
        } else {
            OpContract.check(c);
        }
    }
}
