package fovea.runtime.plan;

import fovea.op.Roll;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Each axis falls into two pieces that change places; one strided copy for each combination of them. */
public final class RollPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Layout layout;
    private final List<Moves> moves = new ArrayList<>();

    public RollPlan(Roll op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.shape(0);
        var present = request.layouts().getFirst();
        layout = op.shifts().stream().anyMatch(shift -> x.axis(shift.axis()) == present.blockedAxis()) ? Layout.PLAIN : present;
        var dims = layout.memory(x);
        var places = new long[dims.length];
        for (var shift : op.shifts()) {
            var axis = x.axis(shift.axis());
            places[axis] = Math.floorMod(shift.places(), dims[axis]);
        }
        cut(dims, Moves.strides(dims), places, 0, dims.clone(), 0, 0);
    }

    private void cut(long[] dims, long[] strides, long[] places, int axis, long[] piece, long yOffset, long xOffset) {
        if (axis == dims.length) {
            moves.add(Moves.of(arena, request.inputs().getFirst().type().bytes(), piece, yOffset, strides, xOffset, strides));
            return;
        }
        var s = places[axis];
        var n = dims[axis];
        if (s > 0) {
            var back = piece.clone();
            back[axis] = s;
            cut(dims, strides, places, axis + 1, back, yOffset, xOffset + (n - s) * strides[axis]);
        }
        var front = piece.clone();
        front[axis] = n - s;
        cut(dims, strides, places, axis + 1, front, yOffset + s * strides[axis], xOffset);
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
        for (var i = 0; i < moves.size(); i++) {
            moves.get(i).there(nativeContext, node.y(0), node.x(0));
        }
    }

    @Override
    public void backward(Node node) {
        for (var i = 0; i < moves.size(); i++) {
            moves.get(i).back(nativeContext, node.dx(0), node.dy(0));
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
