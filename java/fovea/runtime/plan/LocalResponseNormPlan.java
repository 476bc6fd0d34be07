package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_lrn;
import fovea.op.LocalResponseNorm;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Any layout. Our backward computes the divisors again, which is cheaper than to write and read them; oneDNN's reads them. */
public final class LocalResponseNormPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment attrs;
    private final long[] workspace;

    public LocalResponseNormPlan(LocalResponseNorm op, Native nativeContext, Request request) {
        super(nativeContext, request);
        attrs = fov_lrn.allocate(arena);
        fov_lrn.x(attrs, Native.shape(arena, request.shape(0)));
        fov_lrn.layout(attrs, request.layouts().getFirst().id());
        fov_lrn.size(attrs, op.size());
        fov_lrn.alpha(attrs, op.alpha());
        fov_lrn.beta(attrs, op.beta());
        fov_lrn.k(attrs, op.k());
        var bytes = FoveaNative.fov_lrn_workspace_bytes(nativeContext.ctx(), attrs);
        workspace = bytes > 0 ? new long[] {bytes} : super.auxBytes();
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
    public long[] auxBytes() {
        return workspace;
    }

    @Override
    public String implementation() {
        return implementation(FoveaNative.fov_lrn_implementation(nativeContext.ctx(), attrs, FoveaNative.FOV_CONV_FORWARD()),
                FoveaNative.fov_lrn_implementation(nativeContext.ctx(), attrs, FoveaNative.FOV_CONV_DATA()));
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_lrn_forward(nativeContext.ctx(), attrs, node.y(0), kept(node), node.x(0)));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_lrn_backward(nativeContext.ctx(), attrs, node.dx(0), node.dy(0), node.x(0), kept(node)));
    }

    private MemorySegment kept(Node node) {
        return workspace.length == 0 || node.aux(0) == null ? MemorySegment.NULL : node.aux(0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
