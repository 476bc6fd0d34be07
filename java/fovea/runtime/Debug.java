package fovea.runtime;

/** Whether the expensive checks are on: with assertions, or as the property {@code fovea.debug} says. */
public final class Debug {
    public static final boolean ENABLED = enabled();

    private Debug() {
    }

    private static boolean enabled() {
        var property = System.getProperty("fovea.debug");
        if (property != null) {
            return Boolean.parseBoolean(property);
        }
        return Debug.class.desiredAssertionStatus();
    }
}
