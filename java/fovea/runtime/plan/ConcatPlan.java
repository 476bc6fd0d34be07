package fovea.runtime.plan;

import fovea.op.Concat;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;

/** One strided copy for each input. Stays in the layout that most of the inputs have where they are whole blocks of it. */
public final class ConcatPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Layout layout;
    private final Moves[] moves;

    public ConcatPlan(Concat op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var axis = request.shape(0).axis(op.axis());
        layout = layout(request, axis);
        moves = Parts.moves(arena, layout, axis, request.inputs(), op.infer(request.inputs()).getFirst(), true);
    }

    private static Layout layout(Request request, int axis) {
        var elements = new long[Layout.values().length];
        for (var i = 0; i < request.layouts().size(); i++) {
            elements[request.layouts().get(i).ordinal()] += request.shape(i).elements();
        }
        var most = Layout.PLAIN;
        for (var layout : Layout.values()) {
            most = elements[layout.ordinal()] > elements[most.ordinal()] ? layout : most;
        }
        return Parts.areBlocks(most, axis, request.inputs()) ? most : Layout.PLAIN;
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
        for (var i = 0; i < moves.length; i++) {
            moves[i].there(nativeContext, node.y(0), node.x(i));
        }
    }

    @Override
    public void backward(Node node) {
        for (var i = 0; i < moves.length; i++) {
            if (node.dx(i) != null) {
                moves[i].back(nativeContext, node.dx(i), node.dy(0));
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
