package fovea.runtime;

import fovea.FoveaException;
import fovea.Shape;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The native context of one session. {@link #check} alone turns a status into an exception. */
public final class Native implements AutoCloseable {
    private final MemorySegment ctx;
    private long seed;

    public Native(int isa, int threads) {
        NativeLoader.load();
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(ValueLayout.ADDRESS);
            var status = FoveaNative.fov_ctx_create(isa, threads, out);
            if (status != FoveaNative.FOV_OK()) {
                throw new FoveaException("no native context for instruction set %d and %d threads (status %d)".formatted(
                        isa, threads, status));
            }
            ctx = out.get(ValueLayout.ADDRESS, 0);
        }
    }

    /** The {@code fov_ctx *} that every native call takes. */
    public MemorySegment ctx() {
        return ctx;
    }

    /** Throws what a native status means; does nothing for {@code FOV_OK}. */
    public void check(int status) {
        if (status != 0) {
            fail(status);
        }
    }

    private void fail(int status) {
        var message = FoveaNative.fov_ctx_message(ctx).reinterpret(Long.MAX_VALUE).getString(0);
        if (status == FoveaNative.FOV_BAD_ARGUMENT()) {
            throw new IllegalArgumentException(message);
        }
        if (status == FoveaNative.FOV_OUT_OF_MEMORY()) {
            throw new FoveaException("out of native memory: " + message + "; use a smaller batch or checkpoint blocks");
        }
        throw new FoveaException(message);
    }

    public int isa() {
        return FoveaNative.fov_ctx_isa(ctx);
    }

    /** The session's seed: with a stream ({@code node.draw()}), all that random numbers depend on. */
    public long seed() {
        return seed;
    }

    public void seed(long start) {
        seed = start;
    }

    public int threads() {
        return (int) FoveaNative.fov_ctx_option(ctx, FoveaNative.FOV_OPTION_THREADS());
    }

    public void option(int option, long value) {
        check(FoveaNative.fov_ctx_set_option(ctx, option, value));
    }

    /** Names of implementations that plans take wherever they can run. */
    public void prefer(String names) {
        try (var arena = Arena.ofConfined()) {
            check(FoveaNative.fov_ctx_prefer(ctx, arena.allocateFrom(names)));
        }
    }

    /** A {@code fov_shape} that lives as long as the arena. */
    public static MemorySegment shape(Arena arena, Shape shape) {
        var s = fov_shape.allocate(arena);
        fov_shape.rank(s, shape.rank());
        for (var i = 0; i < shape.rank(); i++) {
            fov_shape.dim(s, i, shape.dim(i));
        }
        return s;
    }

    @Override
    public void close() {
        FoveaNative.fov_ctx_destroy(ctx);
    }
}
