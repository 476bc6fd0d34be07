package fovea.nn;

/**
 * How a network is built.
 *
 * @param fuse whether known neighbours (convolution and activation, batch norm and activation, ...) become one op; the names of
 *        parameters do not depend on it
 */
public record BuildOptions(boolean fuse) {
    public static final BuildOptions DEFAULT = new BuildOptions(true);

    public BuildOptions fuse(boolean on) {
        return new BuildOptions(on);
    }
}
