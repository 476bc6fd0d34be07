package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.AdaptiveMaxPool;
import fovea.op.MaxPool;
import fovea.runtime.Native;
import fovea.runtime.Node;
import java.lang.foreign.MemorySegment;

/** Saves where in its window each output found its value, one byte for windows of up to 256 elements: backward searches nothing. */
public final class MaxPoolPlan extends PoolPlan {
    private final boolean indices;
    private final long[] offsets;

    public MaxPoolPlan(MaxPool op, Native nativeContext, Request request) {
        super(nativeContext, request, op.window(), outputShape(request), FoveaNative.FOV_DIVIDE_NONE(), kind(op.indices()));
        indices = op.indices();
        offsets = new long[] {FoveaNative.fov_pool_offset_bytes(pool)};
    }

    public MaxPoolPlan(AdaptiveMaxPool op, Native nativeContext, Request request) {
        super(nativeContext, request, outputShape(request), FoveaNative.FOV_DIVIDE_NONE(), kind(op.indices()));
        indices = op.indices();
        offsets = new long[] {FoveaNative.fov_pool_offset_bytes(pool)};
    }

    private static int kind(boolean indices) {
        return indices ? FoveaNative.FOV_POOL_OTHER() : FoveaNative.FOV_POOL_MAX();
    }

    @Override
    public long[] auxBytes() {
        return offsets;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_max_pool_forward(pool, node.y(0), indices ? node.y(1) : MemorySegment.NULL,
                node.aux(0) == null ? MemorySegment.NULL : node.aux(0), node.x(0)));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_max_pool_backward(pool, node.dx(0), node.dy(0), node.aux(0)));
    }
}
