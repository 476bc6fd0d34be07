package fovea.runtime.plan;

import fovea.Shape;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Operands of different shapes: those of the result's shape share a layout, the others are plain and small. */
abstract sealed class BroadcastPlan extends Plan permits BinaryPlan, WherePlan {
    private final Arena arena = Arena.ofConfined();
    protected final Shape result;
    protected final MemorySegment resultShape;
    protected final List<MemorySegment> shapes;
    protected final Layout layout;

    BroadcastPlan(Native nativeContext, Request request) {
        super(nativeContext, request);
        result = request.op().infer(request.inputs()).getFirst().shape();
        resultShape = Native.shape(arena, result);
        shapes = request.inputs().stream().map(spec -> Native.shape(arena, spec.shape())).toList();
        var first = 0;
        while (first < shapes.size() && !isFull(first)) {
            first++;
        }
        layout = first < shapes.size() ? request.layouts().get(first) : Layout.PLAIN;
    }

    /** Whether input i has the result's shape. */
    protected final boolean isFull(int i) {
        return request.shape(i).equals(result);
    }

    /** Where the gradient of a stretched operand is formed before it is summed. */
    protected static MemorySegment workspace(Node node) {
        return node.workspace() == null ? MemorySegment.NULL : node.workspace();
    }

    protected final long resultBytes() {
        return layout.elements(result) * 4;
    }

    @Override
    public Layout inputLayout(int i) {
        return isFull(i) ? layout : Layout.PLAIN;
    }

    @Override
    public Layout outputLayout(int o) {
        return layout;
    }

    @Override
    public void close() {
        arena.close();
    }
}
