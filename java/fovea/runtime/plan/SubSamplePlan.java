package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_batch_norm;
import fovea.op.SubSample;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Saves the windows' sums. The gradients of coefficient and bias are sums over a channel of dy * sum and of dy: those of a batch norm
 * with mean 0 and deviation 1 over the sums.
 */
public final class SubSamplePlan extends PoolPlan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment channels;
    private final MemorySegment statistics;
    private final long[] sums;

    public SubSamplePlan(SubSample op, Native nativeContext, Request request) {
        super(nativeContext, request, op.window(), outputShape(request), FoveaNative.FOV_DIVIDE_NONE(),
                FoveaNative.FOV_POOL_OTHER());
        var y = outputShape(request);
        sums = new long[] {outputLayout(0).elements(y) * 4};
        channels = fov_batch_norm.allocate(arena);
        fov_batch_norm.x(channels, Native.shape(arena, y));
        fov_batch_norm.layout(channels, outputLayout(0).id());
        var c = y.dim(1);
        statistics = arena.allocate(ValueLayout.JAVA_FLOAT, 2 * c);
        for (var i = c; i < 2 * c; i++) {
            statistics.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
        }
    }

    @Override
    public Layout inputLayout(int i) {
        return i == 0 ? super.inputLayout(i) : Layout.PLAIN;
    }

    @Override
    public long[] auxBytes() {
        return sums;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_subsample_forward(pool, node.y(0), orNull(node.aux(0)), node.x(0), node.x(1), node.x(2)));
    }

    @Override
    public void backward(Node node) {
        if (node.dx(0) != null) {
            nativeContext.check(FoveaNative.fov_subsample_backward(pool, node.dx(0), node.dy(0), node.x(1)));
        }
        if (node.dx(1) != null || node.dx(2) != null) {
            var none = MemorySegment.NULL;
            nativeContext.check(FoveaNative.fov_batch_norm_backward(nativeContext.ctx(), channels, none, orNull(node.dx(1)),
                    orNull(node.dx(2)), none, node.dy(0), node.aux(0), none, none, none, statistics));
        }
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }

    @Override
    public void close() {
        super.close();
        arena.close();
    }
}
