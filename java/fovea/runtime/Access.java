package fovea.runtime;

import fovea.Session;
import java.util.function.Function;

/** How other packages of this module reach what a session keeps to itself. */
public final class Access {
    private static Function<Session, Native> nativeOf;

    private Access() {
    }

    /** Called once by {@link Session}. */
    public static void nativeContexts(Function<Session, Native> of) {
        nativeOf = of;
    }

    /** The native context of a session that the calling thread owns. */
    public static Native nativeContext(Session session) {
        return nativeOf.apply(session);
    }
}
