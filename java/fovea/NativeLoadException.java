package fovea;

/**
 * The native library could not be loaded. The message names the platform, every place that was tried and what to do.
 *
 * <pre>{@code
 * try (var session = Session.open()) {
 *     ...
 * } catch (NativeLoadException e) {
 *     System.err.println(e.getMessage());   // then: fovea doctor
 * }
 * }</pre>
 */
public class NativeLoadException extends FoveaException {
    private static final long serialVersionUID = 1;

    public NativeLoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
