package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.Reorder;
import fovea.runtime.Layout;
import fovea.runtime.Memory;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Moves a tensor to another layout, and its gradient back. From one blocked layout to another the way leads over the plain one. */
public final class ReorderPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shape;
    private final Layout to;
    private final Layout from;
    private final int type;

    public ReorderPlan(Reorder op, Native nativeContext, Request request) {
        super(nativeContext, request);
        to = Layout.valueOf(op.layout());
        var present = request.layouts().getFirst();
        from = to == Layout.PLAIN || present == to ? present : Layout.PLAIN;
        shape = Native.shape(arena, request.shape(0));
        type = Memory.typeId(request.inputs().getFirst().type());
    }

    @Override
    public Layout inputLayout(int i) {
        return from;
    }

    @Override
    public Layout outputLayout(int o) {
        return to;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_reorder(nativeContext.ctx(), node.y(0), to.id(), node.x(0), from.id(), type, shape));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(
                FoveaNative.fov_reorder(nativeContext.ctx(), node.dx(0), from.id(), node.dy(0), to.id(), FoveaNative.FOV_F32(), shape));
    }

    @Override
    public String implementation() {
        return "reorder " + from + " to " + to;
    }

    @Override
    public void close() {
        arena.close();
    }
}
