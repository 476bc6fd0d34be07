package fovea;

import fovea.runtime.Debug;
import java.lang.ref.Cleaner;

/** Reports a session that became unreachable without being closed, with the place that opened it where assertions are on. */
final class Leak {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final System.Logger LOG = System.getLogger("fovea");

    private static final class State implements Runnable {
        private final Throwable openedAt;
        private volatile boolean closed;

        private State(Throwable openedAt) {
            this.openedAt = openedAt;
        }

        @Override
        public void run() {
            if (!closed) {
                LOG.log(System.Logger.Level.WARNING, openedAt == null
                        ? "a Session was never closed and its native memory is lost; run with -ea to see where it was opened"
                        : "a Session was never closed and its native memory is lost; it was opened here", openedAt);
            }
        }
    }

    private final State state;

    private Leak(State state) {
        this.state = state;
    }

    static Leak watch(Session session) {
        var state = new State(place("session"));
        CLEANER.register(session, state);
        return new Leak(state);
    }

    /** Where something is being opened, or null while assertions are off: a stack trace costs microseconds. */
    static Throwable place(String what) {
        return Debug.ENABLED ? new Throwable(what + " opened here") : null;
    }

    void closed() {
        state.closed = true;
    }
}
