package fovea.runtime.plan;

import fovea.op.Pad;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Every position of y names one of x, or the constant; the gradient adds up what names the same. */
public final class PadPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Layout layout;
    private final MemorySegment map;
    private final MemorySegment transposed;
    private final float value;

    public PadPlan(Pad op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.shape(0);
        layout = fits(op, request, request.layouts().getFirst()) ? request.layouts().getFirst() : Layout.PLAIN;
        value = op.value();
        var from = layout.memory(x);
        var maps = new AxisMap[from.length];
        for (var margin : op.margins()) {
            var axis = x.axis(margin.axis());
            var n = x.dim(axis);
            if (margin.before() > 0 || margin.after() > 0) {
                maps[axis] = AxisMap.select(n, margin.before() + n + margin.after(), o -> op.source(o, n, margin));
            }
        }
        map = AxisMap.segment(arena, from, maps);
        transposed = AxisMap.segment(arena, from, AxisMap.transposed(maps));
    }

    /** Blocks stay whole, and lanes of padding stay zero. */
    private static boolean fits(Pad op, Request request, Layout layout) {
        var x = request.shape(0);
        return op.margins().stream().noneMatch(margin -> x.axis(margin.axis()) == layout.blockedAxis())
                && (op.value() == 0 || layout.isDense(x));
    }

    @Override
    public Layout inputLayout(int i) {
        return layout;
    }

    @Override
    public Layout outputLayout(int o) {
        return layout;
    }

    @Override
    public void forward(Node node) {
        AxisMap.run(nativeContext, node.y(0), node.x(0), map, value);
    }

    @Override
    public void backward(Node node) {
        AxisMap.run(nativeContext, node.dx(0), node.dy(0), transposed, 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
