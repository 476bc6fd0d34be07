package fovea.runtime.plan;

import fovea.Shape;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_pool_attrs;
import fovea.op.Extents;
import fovea.op.Window;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What all poolings share: the windows' tables in native memory, and the layout of x, which is that of everything else. */
abstract class PoolPlan extends Plan {
    /** The {@code fov_pool *}. */
    final MemorySegment pool;

    /** Windows that slide; {@code divisor} is one of the {@code FOV_DIVIDE_} numbers, {@code op} of the {@code FOV_POOL_} ones. */
    PoolPlan(Native nativeContext, Request request, Window window, Shape y, int divisor, int op) {
        super(nativeContext, request);
        pool = create(y, divisor, op, window);
    }

    /** Adaptive windows. */
    PoolPlan(Native nativeContext, Request request, Shape y, int divisor, int op) {
        super(nativeContext, request);
        pool = create(y, divisor, op, null);
    }

    private MemorySegment create(Shape y, int divisor, int op, Window window) {
        try (var arena = Arena.ofConfined()) {
            var attrs = attrs(arena, request.shape(0), request.layouts().getFirst(), window, y, divisor, op);
            var out = arena.allocate(ValueLayout.ADDRESS);
            nativeContext.check(FoveaNative.fov_pool_create(nativeContext.ctx(), attrs, out));
            return out.get(ValueLayout.ADDRESS, 0);
        }
    }

    /** What native code is told of windows over x; a null window is an adaptive one. */
    static MemorySegment attrs(Arena arena, Shape x, Layout layout, Window window, Shape y, int divisor, int op) {
        var attrs = fov_pool_attrs.allocate(arena);
        fov_pool_attrs.x(attrs, Native.shape(arena, x));
        fov_pool_attrs.layout(attrs, layout.id());
        fov_pool_attrs.divisor(attrs, divisor);
        fov_pool_attrs.op(attrs, op);
        fov_pool_attrs.adaptive(attrs, window == null ? 1 : 0);
        for (var i = 0; i < y.rank() - 2; i++) {
            fov_pool_attrs.out(attrs, i, (int) y.dim(i + 2));
        }
        if (window != null) {
            var fitted = window.fitted(x);
            put(fov_pool_attrs.kernel(attrs), fitted.kernel());
            put(fov_pool_attrs.stride(attrs), fitted.stride());
            put(fov_pool_attrs.before(attrs), fitted.padBegin());
            put(fov_pool_attrs.after(attrs), fitted.padEnd());
            put(fov_pool_attrs.dilation(attrs), fitted.dilation());
        }
        return attrs;
    }

    private static void put(MemorySegment array, Extents extents) {
        for (var i = 0; i < extents.rank(); i++) {
            array.setAtIndex(ValueLayout.JAVA_INT, i, extents.at(i));
        }
    }

    /** The shape that the op gives for the request's inputs. */
    static Shape outputShape(Request request) {
        return request.op().infer(request.inputs()).getFirst().shape();
    }

    @Override
    public Layout inputLayout(int i) {
        return request.layouts().getFirst();
    }

    @Override
    public Layout outputLayout(int o) {
        return request.layouts().getFirst();
    }

    @Override
    public String implementation() {
        return implementation(FoveaNative.fov_pool_implementation(pool, FoveaNative.FOV_CONV_FORWARD()),
                FoveaNative.fov_pool_implementation(pool, FoveaNative.FOV_CONV_DATA()));
    }

    @Override
    public void close() {
        FoveaNative.fov_pool_destroy(pool);
    }
}
