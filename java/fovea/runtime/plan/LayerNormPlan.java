package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.LayerNorm;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.MemorySegment;

/** The plain layout, in which a row and its weights lie side by side. */
public final class LayerNormPlan extends Plan {
    private final LayerNorm op;
    private final long rows;
    private final long length;
    private final long[] statistics;

    public LayerNormPlan(LayerNorm op, Native nativeContext, Request request) {
        super(nativeContext, request);
        this.op = op;
        var x = request.shape(0);
        length = x.slice(x.rank() - op.axes(), x.rank()).elements();
        rows = x.elements() / length;
        statistics = new long[] {2 * rows * 4};
    }

    @Override
    public long[] auxBytes() {
        return statistics;
    }

    @Override
    public String implementation() {
        return implementation(name(FoveaNative.FOV_CONV_FORWARD()), name(FoveaNative.FOV_CONV_DATA()));
    }

    private MemorySegment name(int pass) {
        return FoveaNative.fov_layer_norm_implementation(nativeContext.ctx(), rows, length, op.epsilon(), op.affine() ? 1 : 0, pass);
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_layer_norm_forward(nativeContext.ctx(), node.y(0), orNull(node.aux(0)), node.x(0),
                op.affine() ? node.x(1) : MemorySegment.NULL, op.affine() ? node.x(2) : MemorySegment.NULL, rows, length, op.epsilon()));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_layer_norm_backward(nativeContext.ctx(), orNull(node.dx(0)),
                op.affine() ? orNull(node.dx(1)) : MemorySegment.NULL, op.affine() ? orNull(node.dx(2)) : MemorySegment.NULL, node.dy(0),
                node.x(0), op.affine() ? node.x(1) : MemorySegment.NULL, node.aux(0), rows, length));
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }
}
