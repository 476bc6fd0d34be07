package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.Split;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;

/** One strided copy for each output. Stays in x's layout where the outputs are whole blocks of it. */
public final class SplitPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Layout layout;
    private final Moves[] moves;
    private final long elements;

    public SplitPlan(Split op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.inputs().getFirst();
        var axis = x.shape().axis(op.axis());
        var parts = op.infer(request.inputs());
        layout = Parts.areBlocks(request.layouts().getFirst(), axis, parts) ? request.layouts().getFirst() : Layout.PLAIN;
        moves = Parts.moves(arena, layout, axis, parts, x, false);
        elements = layout.elements(x.shape());
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
        for (var o = 0; o < moves.length; o++) {
            moves[o].there(nativeContext, node.y(o), node.x(0));
        }
    }

    @Override
    public void backward(Node node) {
        for (var o = 0; o < moves.length; o++) {
            if (node.dy(o) == null) {
                nativeContext.check(FoveaNative.fov_fill(nativeContext.ctx(), node.dx(0), 0, elements));
                break;
            }
        }
        for (var o = 0; o < moves.length; o++) {
            if (node.dy(o) != null) {
                moves[o].back(nativeContext, node.dx(0), node.dy(o));
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
