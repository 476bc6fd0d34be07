package fovea.runtime.plan;

import fovea.op.Permute;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;

/** One strided copy: the axes in y's order, with x's strides. */
public final class PermutePlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Moves moves;

    public PermutePlan(Permute op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.shape(0);
        var order = op.order(x);
        var xStrides = Moves.strides(x.toArray());
        var dims = new long[order.length];
        var strides = new long[order.length];
        for (var i = 0; i < order.length; i++) {
            dims[i] = x.dim(order[i]);
            strides[i] = xStrides[order[i]];
        }
        moves = Moves.of(arena, request.inputs().getFirst().type().bytes(), dims, 0, Moves.strides(dims), 0, strides);
    }

    @Override
    public void forward(Node node) {
        moves.there(nativeContext, node.y(0), node.x(0));
    }

    @Override
    public void backward(Node node) {
        moves.back(nativeContext, node.dx(0), node.dy(0));
    }

    @Override
    public void close() {
        arena.close();
    }
}
