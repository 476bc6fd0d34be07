package fovea.runtime.plan;

import fovea.op.Slice;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A strided copy; its gradient is zero around what was cut out. Stays in x's layout where it cuts between blocks. */
public final class SlicePlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Layout layout;
    private final Moves moves;
    private final MemorySegment back;

    public SlicePlan(Slice op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var spec = request.inputs().getFirst();
        var x = spec.shape();
        layout = cutsBlocks(op, request, request.layouts().getFirst()) ? Layout.PLAIN : request.layouts().getFirst();
        var from = layout.memory(x);
        var dims = layout.memory(op.infer(request.inputs()).getFirst().shape());
        var strides = Moves.strides(from);
        var xStrides = strides.clone();
        var maps = new AxisMap[from.length];
        var offset = 0L;
        for (var range : op.ranges()) {
            var axis = x.axis(range.axis());
            var first = axis == layout.blockedAxis() ? range.first(x) / 16 : range.first(x);
            var step = axis == layout.blockedAxis() ? 1 : range.step();
            offset += first * strides[axis];
            xStrides[axis] = step * strides[axis];
            maps[axis] = AxisMap.select(from[axis], dims[axis], o -> first + o * step);
        }
        moves = Moves.of(arena, spec.type().bytes(), dims, 0, Moves.strides(dims), offset, xStrides);
        back = AxisMap.segment(arena, dims, AxisMap.transposed(maps));
    }

    private static boolean cutsBlocks(Slice op, Request request, Layout layout) {
        var x = request.shape(0);
        for (var range : op.ranges()) {
            var axis = x.axis(range.axis());
            var end = range.first(x) + range.count();
            if (axis == layout.blockedAxis() && !(range.step() == 1 && layout.cutsAt(axis, range.first(x))
                    && (end == x.dim(axis) || layout.cutsAt(axis, end)))) {
                return true;
            }
        }
        return false;
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
        moves.there(nativeContext, node.y(0), node.x(0));
    }

    @Override
    public void backward(Node node) {
        AxisMap.run(nativeContext, node.dx(0), node.dy(0), back, 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
