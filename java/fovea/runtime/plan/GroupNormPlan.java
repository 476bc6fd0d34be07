package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_group_norm;
import fovea.op.GroupNorm;
import fovea.op.InstanceNorm;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Group and instance norm in any layout, two passes over memory in each direction. */
public final class GroupNormPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment attrs;
    private final Layout layout;
    private final boolean affine;
    private final long[] statistics;

    public GroupNormPlan(GroupNorm op, Native nativeContext, Request request) {
        this(op.groups(), op.epsilon(), op.affine(), nativeContext, request);
    }

    public GroupNormPlan(InstanceNorm op, Native nativeContext, Request request) {
        this(request.shape(0).dim(1), op.epsilon(), op.affine(), nativeContext, request);
    }

    private GroupNormPlan(long groups, float epsilon, boolean affine, Native nativeContext, Request request) {
        super(nativeContext, request);
        this.affine = affine;
        var x = request.shape(0);
        // Without spatial axes a channel of a plain image is one float; as lanes, 16 of them go together.
        var present = request.layouts().getFirst();
        layout = present == Layout.PLAIN && x.elements() == x.dim(0) * x.dim(1) ? Layout.C16 : present;
        statistics = new long[] {2 * x.dim(0) * groups * 4};
        attrs = fov_group_norm.allocate(arena);
        fov_group_norm.x(attrs, Native.shape(arena, x));
        fov_group_norm.layout(attrs, layout.id());
        fov_group_norm.groups(attrs, Math.toIntExact(groups));
        fov_group_norm.epsilon(attrs, epsilon);
    }

    @Override
    public Layout inputLayout(int i) {
        return i == 0 ? layout : Layout.PLAIN;
    }

    @Override
    public Layout outputLayout(int o) {
        return layout;
    }

    @Override
    public long[] auxBytes() {
        return statistics;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_group_norm_forward(nativeContext.ctx(), attrs, node.y(0), orNull(node.aux(0)), node.x(0),
                affine ? node.x(1) : MemorySegment.NULL, affine ? node.x(2) : MemorySegment.NULL));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_group_norm_backward(nativeContext.ctx(), attrs, orNull(node.dx(0)),
                affine ? orNull(node.dx(1)) : MemorySegment.NULL, affine ? orNull(node.dx(2)) : MemorySegment.NULL, node.dy(0), node.x(0),
                affine ? node.x(1) : MemorySegment.NULL, node.aux(0)));
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }

    @Override
    public void close() {
        arena.close();
    }
}
