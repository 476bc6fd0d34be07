package fovea.support;

import fovea.Session;
import fovea.Sessions;
import java.util.ArrayList;
import java.util.List;

/** The instruction sets that this CPU has; those it lacks are said once, by name. */
public final class Tiers {
    private static final List<String> AVAILABLE = probe();

    private Tiers() {
    }

    public static List<String> available() {
        return AVAILABLE;
    }

    /** The number that native code knows an instruction set by. */
    public static int id(String isa) {
        try (var session = Session.open(Session.options().isa(isa))) {
            return Sessions.isa(session);
        }
    }

    private static List<String> probe() {
        var available = new ArrayList<String>();
        for (var isa : List.of("scalar", "avx2", "avx512", "neon")) {
            try (var session = Session.open(Session.options().isa(isa))) {
                available.add(session.isa());
            } catch (IllegalArgumentException e) {
                System.out.println("skipped on this machine: instruction set " + isa + " (" + e.getMessage() + ")");
            }
        }
        return available;
    }
}
