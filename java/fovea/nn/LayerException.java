package fovea.nn;

/** A layer cannot be placed: its path, what came, what it needs and the likely cause. */
public final class LayerException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String path;
    private final String reason;

    LayerException(String path, String reason, Throwable cause) {
        super(path.isEmpty() ? reason : path + ": " + reason, cause);
        this.path = path;
        this.reason = reason;
    }

    /** The layer that cannot be placed. */
    public String path() {
        return path;
    }

    /** What is wrong, without the path. */
    public String reason() {
        return reason;
    }

    /** The same for a child of the layer with this path. */
    static LayerException within(String parent, IllegalArgumentException e) {
        return e instanceof LayerException l
                ? new LayerException(Registry.join(parent, l.path), l.reason, l.getCause())
                : new LayerException(parent, e.getMessage(), e);
    }
}
