package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.Binary;
import fovea.runtime.Native;
import fovea.runtime.Node;
import java.lang.foreign.MemorySegment;

/** A function of two operands, and an addition of stretched ones. */
public final class BinaryPlan extends BroadcastPlan {
    private final int function;
    /** A sum or difference: its gradients do not look at the operands. */
    private final boolean linear;

    /** {@code FOV_BINARY_ADD} comes first and is no {@link Binary}. */
    public BinaryPlan(Binary op, Native nativeContext, Request request) {
        this(op.function().ordinal() + 1, nativeContext, request);
    }

    /** With one of {@code FOV_BINARY_*}. */
    public BinaryPlan(int function, Native nativeContext, Request request) {
        super(nativeContext, request);
        this.function = function;
        linear = function == FoveaNative.FOV_BINARY_ADD() || function == FoveaNative.FOV_BINARY_SUBTRACT();
    }

    @Override
    public boolean passesGrad(int i) {
        return isFull(i) && linear && (i == 0 || function == FoveaNative.FOV_BINARY_ADD());
    }

    @Override
    public long backwardWorkspace() {
        for (var i = 0; i < 2; i++) {
            if (!linear && !isFull(i) && request.needsGrad().get(i)) {
                return resultBytes();
            }
        }
        return 0;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_binary_forward(nativeContext.ctx(), node.y(0), node.x(0), node.x(1), function, layout.id(),
                resultShape, shapes.get(0), shapes.get(1)));
    }

    @Override
    public void backward(Node node) {
        for (var i = 0; i < 2; i++) {
            if (node.dx(i) != null) {
                nativeContext.check(FoveaNative.fov_binary_backward(nativeContext.ctx(), node.dx(i), node.dy(0),
                        linear ? MemorySegment.NULL : node.x(0), linear ? MemorySegment.NULL : node.x(1), function, i, layout.id(),
                        resultShape, shapes.get(0), shapes.get(1), workspace(node)));
            }
        }
    }
}
