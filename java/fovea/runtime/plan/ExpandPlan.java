package fovea.runtime.plan;

import fovea.op.Expand;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A strided copy that does not advance in x along the axes that grow; its gradient adds up along them. */
public final class ExpandPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Moves moves;
    private final MemorySegment sums;

    public ExpandPlan(Expand op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var spec = request.inputs().getFirst();
        var dims = op.shape().toArray();
        var front = dims.length - spec.shape().rank();
        var strides = new long[dims.length];
        var sizes = new long[dims.length];
        var maps = new AxisMap[dims.length];
        var stride = 1L;
        for (var i = dims.length - 1; i >= 0; i--) {
            sizes[i] = i < front ? 1 : spec.shape().dim(i - front);
            strides[i] = sizes[i] == dims[i] ? stride : 0;
            stride *= sizes[i];
            maps[i] = sizes[i] == dims[i] ? null : AxisMap.select(1, dims[i], _ -> 0).transposed();
        }
        moves = Moves.of(arena, spec.type().bytes(), dims, 0, Moves.strides(dims), 0, strides);
        sums = AxisMap.segment(arena, dims, maps);
    }

    @Override
    public void forward(Node node) {
        moves.there(nativeContext, node.y(0), node.x(0));
    }

    @Override
    public void backward(Node node) {
        AxisMap.run(nativeContext, node.dx(0), node.dy(0), sums, 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
