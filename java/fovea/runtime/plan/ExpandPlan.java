package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
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
    private final MemorySegment shape;
    /** Bit i is set where axis i of the result grew. */
    private final int grown;

    public ExpandPlan(Expand op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var spec = request.inputs().getFirst();
        var dims = op.shape().toArray();
        var front = dims.length - spec.shape().rank();
        var strides = new long[dims.length];
        var sizes = new long[dims.length];
        var mask = 0;
        var stride = 1L;
        for (var i = dims.length - 1; i >= 0; i--) {
            sizes[i] = i < front ? 1 : spec.shape().dim(i - front);
            strides[i] = sizes[i] == dims[i] ? stride : 0;
            stride *= sizes[i];
            mask |= sizes[i] == dims[i] ? 0 : 1 << i;
        }
        moves = Moves.of(arena, spec.type().bytes(), dims, 0, Moves.strides(dims), 0, strides);
        shape = Native.shape(arena, op.shape());
        grown = mask;
    }

    @Override
    public void forward(Node node) {
        moves.there(nativeContext, node.y(0), node.x(0));
    }

    @Override
    public void backward(Node node) {
        if (grown == 0) {
            MemorySegment.copy(node.dy(0), 0, node.dx(0), 0, node.dx(0).byteSize());
            return;
        }
        nativeContext.check(FoveaNative.fov_reduce_forward(nativeContext.ctx(), node.dx(0), MemorySegment.NULL, MemorySegment.NULL,
                node.dy(0), FoveaNative.FOV_REDUCE_SUM(), grown, shape, 0));
    }

    @Override
    public void close() {
        arena.close();
    }
}
