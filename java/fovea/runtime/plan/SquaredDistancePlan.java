package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.MemorySegment;

/** Both operands plain. */
public final class SquaredDistancePlan extends Plan {
    private final long n;
    private final long m;
    private final long k;

    public SquaredDistancePlan(Native nativeContext, Request request) {
        super(nativeContext, request);
        n = request.shape(0).dim(0);
        m = request.shape(1).dim(0);
        k = request.shape(0).dim(1);
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_distance_forward(nativeContext.ctx(), node.y(0), node.x(0), node.x(1), n, m, k));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_distance_backward(nativeContext.ctx(), orNull(node.dx(0)), orNull(node.dx(1)), node.dy(0),
                node.x(0), node.x(1), n, m, k));
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }
}
