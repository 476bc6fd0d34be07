package fovea.data;

/** What augmentations refuse, in one voice. */
final class Rules {
    private Rules() {
    }

    static void require(boolean condition, String pattern, Object... args) {
        if (!condition) {
            throw new IllegalArgumentException(pattern.formatted(args));
        }
    }

    static void share(String who, String what, float value) {
        require(value >= 0 && value <= 1, "%s: %s is %s; give 0 to 1", who, what, value);
    }

    static void atLeast0(String who, String what, float value) {
        require(value >= 0 && value < Float.POSITIVE_INFINITY, "%s: %s is %s; give at least 0", who, what, value);
    }
}
