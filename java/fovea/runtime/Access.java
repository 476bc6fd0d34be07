package fovea.runtime;

import fovea.Session;
import fovea.Tensor;
import java.util.function.Function;

/** How other packages of this module reach what a session keeps to itself. */
public final class Access {
    private static Function<Session, Native> nativeOf;
    private static Function<Tensor, Value> valueOf;

    private Access() {
    }

    /** Called once by {@link Session}. */
    public static void open(Function<Session, Native> natives, Function<Tensor, Value> values) {
        nativeOf = natives;
        valueOf = values;
    }

    /** The native context of a session that the calling thread owns. */
    public static Native nativeContext(Session session) {
        return nativeOf.apply(session);
    }

    /** The value behind a tensor that may be read now. */
    public static Value value(Tensor tensor) {
        return valueOf.apply(tensor);
    }
}
