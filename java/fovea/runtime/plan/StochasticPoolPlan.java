package fovea.runtime.plan;

import fovea.Shape;
import fovea.bindings.FoveaNative;
import fovea.op.StochasticPool;
import fovea.runtime.Layout;
import fovea.runtime.Memory;
import fovea.runtime.Native;
import fovea.runtime.Node;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Drawing: numbers in [0, 1) are made in the order of the plain result, so that a seed draws the same in every layout, and what was
 * drawn is kept as max pooling keeps its winners. Not drawing: the sums of the windows are kept.
 */
public final class StochasticPoolPlan extends PoolPlan {
    private final boolean sample;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shape;
    private final long elements;
    private final long bytes;
    private final long[] kept;

    public StochasticPoolPlan(StochasticPool op, Native nativeContext, Request request) {
        super(nativeContext, request, op.window(), outputShape(request), FoveaNative.FOV_DIVIDE_NONE(),
                FoveaNative.FOV_POOL_OTHER());
        sample = op.sample();
        Shape y = outputShape(request);
        shape = Native.shape(arena, y);
        elements = y.elements();
        bytes = outputLayout(0).elements(y) * 4;
        kept = new long[] {sample ? FoveaNative.fov_pool_offset_bytes(pool) : bytes};
    }

    @Override
    public boolean draws() {
        return sample;
    }

    @Override
    public long[] auxBytes() {
        return kept;
    }

    @Override
    public long forwardWorkspace() {
        return !sample ? 0 : outputLayout(0) == Layout.PLAIN ? bytes : bytes + elements * 4;
    }

    @Override
    public void forward(Node node) {
        var aux = node.aux(0) == null ? MemorySegment.NULL : node.aux(0);
        nativeContext.check(sample ? FoveaNative.fov_sample_pool_forward(pool, node.y(0), aux, node.x(0), uniform(node))
                : FoveaNative.fov_expected_pool_forward(pool, node.y(0), aux, node.x(0)));
    }

    private MemorySegment uniform(Node node) {
        var layout = outputLayout(0);
        var numbers = node.workspace();
        var plain = layout == Layout.PLAIN ? numbers : MemorySegment.ofAddress(numbers.address() + bytes);
        var ctx = nativeContext.ctx();
        nativeContext.check(FoveaNative.fov_random_uniform(ctx, plain, elements, nativeContext.seed(), node.draw(), 0, 1));
        if (layout != Layout.PLAIN) {
            nativeContext.check(FoveaNative.fov_reorder(ctx, numbers, layout.id(), plain, Layout.PLAIN.id(),
                    Memory.typeId(fovea.ElementType.F32), shape));
        }
        return numbers;
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(sample ? FoveaNative.fov_max_pool_backward(pool, node.dx(0), node.dy(0), node.aux(0))
                : FoveaNative.fov_expected_pool_backward(pool, node.dx(0), node.dy(0), node.x(0), node.y(0), node.aux(0)));
    }

    @Override
    public void close() {
        super.close();
        arena.close();
    }
}
