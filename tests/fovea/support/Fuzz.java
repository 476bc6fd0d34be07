package fovea.support;

import fovea.Session;
import fovea.Sessions;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Seeded random cases. {@code -Dfovea.fuzz=N} runs N times as many, {@code -Dfovea.fuzz.cases=N} that many of every family, each in one
 * configuration drawn with it, and says so; a failure prints the seed, {@code -Dfovea.seed=S} runs it alone.
 */
public final class Fuzz {
    private static final Integer CASES = Integer.getInteger("fovea.fuzz.cases");

    /** Opening a session and letting its threads start and end would take longer than most cases. */
    private static final Map<Configuration, Session> SESSIONS = new HashMap<>();

    private record Configuration(Session.Options options, boolean guarded) {
        Session open() {
            return guarded ? Sessions.guarded(options) : Session.open(options);
        }
    }

    private Fuzz() {
    }

    public static void run(String what, int cases, Consumer<SplittableRandom> check) {
        var only = Long.getLong("fovea.seed");
        var n = only != null ? 1 : many() ? CASES : (long) cases * Integer.getInteger("fovea.fuzz", 1);
        var begin = System.nanoTime();
        try {
            for (var i = 0L; i < n; i++) {
                var seed = only != null ? only : i;
                try {
                    check.accept(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + what.hashCode()));
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("%s failed with -Dfovea.seed=%d: %s".formatted(what, seed, e.getMessage()), e);
                }
            }
        } finally {
            SESSIONS.values().forEach(Session::close);
            SESSIONS.clear();
        }
        if (many()) {
            System.out.printf("fuzz: %-20s %,8d random cases in %,d s%n", what, n, (System.nanoTime() - begin) / 1_000_000_000);
        }
    }

    /** Whether so many cases were asked for that each is to be seen in one configuration only. */
    public static boolean many() {
        return CASES != null;
    }

    /** One of the sessions of this run; one in four has memory flush against protected pages. */
    public static Session session(Session.Options options, SplittableRandom random) {
        return SESSIONS.computeIfAbsent(new Configuration(options, random.nextInt(4) == 0), Configuration::open);
    }

    /** The whole contract where cases are few, one configuration of it where they are many. */
    public static void check(OpCase c, SplittableRandom random) {
        if (many()) {
            OpContract.sample(c, random);
        } else {
            OpContract.check(c);
        }
    }
}
