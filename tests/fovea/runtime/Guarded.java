package fovea.runtime;

import fovea.bindings.FoveaNative;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Floats whose end is the end of accessible memory. */
record Guarded(Native context, MemorySegment mapped, MemorySegment memory) implements AutoCloseable {
    static Guarded of(Native context, int n) {
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(ValueLayout.ADDRESS);
            var bytes = Math.max(1, n) * 4L;
            context.check(FoveaNative.fov_memory_map_guarded(context.ctx(), bytes, out));
            var mapped = out.get(ValueLayout.ADDRESS, 0).reinterpret(bytes);
            return new Guarded(context, mapped, mapped.asSlice(bytes - n * 4L));
        }
    }

    void set(float[] x) {
        MemorySegment.copy(x, 0, memory, ValueLayout.JAVA_FLOAT, 0, x.length);
    }

    @Override
    public void close() {
        context.check(FoveaNative.fov_memory_unmap_guarded(context.ctx(), mapped, mapped.byteSize()));
    }
}
