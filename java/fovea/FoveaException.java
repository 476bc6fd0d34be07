package fovea;

/** A failure inside Fovea that no argument of the caller explains: native memory is exhausted, a kernel reports an internal error. */
public class FoveaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public FoveaException(String message) {
        super(message);
    }

    public FoveaException(String message, Throwable cause) {
        super(message, cause);
    }
}
