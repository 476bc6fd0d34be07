package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_move;
import fovea.runtime.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Strided copies between two tensors' memory, described once for both directions. */
final class Moves {
    private final MemorySegment there;
    private final MemorySegment back;

    private Moves(MemorySegment there, MemorySegment back) {
        this.there = there;
        this.back = back;
    }

    /**
     * From x to y; offsets and strides count elements.
     *
     * @param bytes of an element on the way there; on the way back goes a gradient, which is always F32
     */
    static Moves of(Arena arena, int bytes, long[] dims, long yOffset, long[] yStrides, long xOffset, long[] xStrides) {
        return new Moves(segment(arena, bytes, dims, yOffset, yStrides, xOffset, xStrides),
                segment(arena, Float.BYTES, dims, xOffset, xStrides, yOffset, yStrides));
    }

    private static MemorySegment segment(Arena arena, int bytes, long[] dims, long yOffset, long[] yStrides, long xOffset,
            long[] xStrides) {
        var move = fov_move.allocate(arena);
        fov_move.rank(move, dims.length);
        fov_move.bytes(move, bytes);
        fov_move.y_offset(move, yOffset);
        fov_move.x_offset(move, xOffset);
        for (var i = 0; i < dims.length; i++) {
            fov_move.dim(move, i, dims[i]);
            fov_move.y_stride(move, i, yStrides[i]);
            fov_move.x_stride(move, i, xStrides[i]);
        }
        return move;
    }

    void there(Native n, MemorySegment y, MemorySegment x) {
        n.check(FoveaNative.fov_move_elements(n.ctx(), y, x, there));
    }

    void back(Native n, MemorySegment dx, MemorySegment dy) {
        n.check(FoveaNative.fov_move_elements(n.ctx(), dx, dy, back));
    }

    /** Strides of a row-major array. */
    static long[] strides(long[] dims) {
        var strides = new long[dims.length];
        var stride = 1L;
        for (var i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }
}
