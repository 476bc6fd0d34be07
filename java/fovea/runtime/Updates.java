package fovea.runtime;

import fovea.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Takes parameters whose gradients are complete, and can let native code use a gradient up piece by piece while it is computed: then
 * the gradient as a whole is never there, neither its memory nor the time to write and read it.
 */
public interface Updates extends Consumer<Parameter> {
    /**
     * Begins the update of a parameter: the {@code fov_sink} that native code is given, which then makes all of it. Null where the whole
     * gradient is needed, and {@link #accept} follows.
     */
    MemorySegment begin(Parameter parameter);

    /** Ends what {@link #begin} began. */
    void end(Parameter parameter);
}
