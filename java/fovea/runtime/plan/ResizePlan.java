package fovea.runtime.plan;

import fovea.op.Resize;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One sparse map for each axis; the gradient is the transposed maps. */
public final class ResizePlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Layout layout;
    private final MemorySegment map;
    private final MemorySegment transposed;
    private final float outside;

    public ResizePlan(Resize op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.shape(0);
        var present = request.layouts().getFirst();
        var fits = op.axes().stream().noneMatch(axis -> x.axis(axis.axis()) == present.blockedAxis())
                && (op.outside() == 0 || present.isDense(x));
        layout = fits ? present : Layout.PLAIN;
        outside = op.outside();
        var dims = layout.memory(x);
        var maps = new AxisMap[dims.length];
        for (var axis : op.axes()) {
            var i = x.axis(axis.axis());
            maps[i] = Sampling.map(op, axis, x.dim(i));
        }
        map = AxisMap.segment(arena, dims, maps);
        transposed = AxisMap.segment(arena, dims, AxisMap.transposed(maps));
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
        AxisMap.run(nativeContext, node.y(0), node.x(0), map, outside);
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
