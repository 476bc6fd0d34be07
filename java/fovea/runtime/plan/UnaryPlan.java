package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.Op;
import fovea.op.Unary;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Any layout: where f(0) is not 0, the kernel clears the padding lanes that it filled. */
public final class UnaryPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shape;
    private final int layout;
    /** Functions in the order of {@code FOV_UNARY_*}. */
    private final int function;
    private final float a;
    private final float b;
    private final int saved;

    public UnaryPlan(Unary op, Native nativeContext, Request request) {
        super(nativeContext, request);
        shape = Native.shape(arena, request.shape(0));
        layout = request.layouts().getFirst().id();
        function = op.function().ordinal();
        a = op.a();
        b = op.b();
        saved = op.savedForBackward();
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
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_unary_forward(nativeContext.ctx(), node.y(0), node.x(0), function, a, b, layout, shape));
    }

    @Override
    public void backward(Node node) {
        var s = saved == Op.INPUT ? node.x(0) : saved == Op.OUTPUT ? node.y(0) : node.dy(0);
        nativeContext.check(FoveaNative.fov_unary_backward(
                nativeContext.ctx(), node.dx(0), node.dy(0), s, function, a, b, layout, shape));
    }

    @Override
    public void close() {
        arena.close();
    }
}
