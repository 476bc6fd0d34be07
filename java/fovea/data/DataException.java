package fovea.data;

import java.nio.file.Path;

/** Data that cannot be used: a file is missing, truncated, not what its name says. The message names the file and the place in it. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The content of a file is wrong at an offset, counted in its bytes after unpacking. */
    static DataException at(Path file, long offset, String pattern, Object... args) {
        return new DataException("%s, byte %d: %s".formatted(file, offset, pattern.formatted(args)));
    }
}
