package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.Softmax;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.MemorySegment;

/** [n][c][s] with c along the axis, plain. */
public final class SoftmaxPlan extends Plan {
    private final int logarithm;
    private final long n;
    private final long c;
    private final long s;

    public SoftmaxPlan(Softmax op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.shape(0);
        var axis = x.axis(op.axis());
        logarithm = op.logarithm() ? 1 : 0;
        n = x.slice(0, axis).elements();
        c = x.dim(axis);
        s = x.slice(axis + 1, x.rank()).elements();
    }

    @Override
    public String implementation() {
        return implementation(name(FoveaNative.FOV_CONV_FORWARD()), name(FoveaNative.FOV_CONV_DATA()));
    }

    private MemorySegment name(int pass) {
        return FoveaNative.fov_softmax_implementation(nativeContext.ctx(), logarithm, n, c, s, pass);
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_softmax_forward(nativeContext.ctx(), node.y(0), node.x(0), logarithm, n, c, s));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_softmax_backward(nativeContext.ctx(), node.dx(0), node.dy(0), node.y(0), logarithm, n, c, s));
    }
}
