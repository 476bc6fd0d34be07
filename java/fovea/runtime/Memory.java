package fovea.runtime;

import fovea.ElementType;
import fovea.Shape;
import fovea.bindings.FoveaNative;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What tensors and tapes do with raw memory. */
public final class Memory {
    private Memory() {
    }

    public static int typeId(ElementType type) {
        return switch (type) {
            case F32 -> FoveaNative.FOV_F32();
            case BF16 -> FoveaNative.FOV_BF16();
            case I32 -> FoveaNative.FOV_I32();
            case U8 -> FoveaNative.FOV_U8();
        };
    }

    public static void fill(Native n, MemorySegment y, float value, long elements) {
        n.check(FoveaNative.fov_fill(n.ctx(), y, value, elements));
    }

    public static boolean allFinite(Native n, MemorySegment x, long elements) {
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(ValueLayout.JAVA_INT);
            n.check(FoveaNative.fov_all_finite(n.ctx(), out, x, elements));
            return out.get(ValueLayout.JAVA_INT, 0) != 0;
        }
    }

    public static void convert(Native n, MemorySegment y, ElementType to, MemorySegment x, ElementType from, long elements) {
        n.check(FoveaNative.fov_convert(n.ctx(), y, typeId(to), x, typeId(from), elements));
    }

    /** The elements of x in the plain layout; a copy in the arena where it has another one. */
    public static MemorySegment plain(Native n, Arena arena, MemorySegment x, Layout layout, Shape shape, ElementType type) {
        if (layout == Layout.PLAIN) {
            return x;
        }
        var y = arena.allocate(shape.elements() * type.bytes(), 64);
        n.check(FoveaNative.fov_reorder(n.ctx(), y, Layout.PLAIN.id(), x, layout.id(), typeId(type), Native.shape(arena, shape)));
        return y;
    }
}
