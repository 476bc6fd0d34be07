package fovea.runtime.plan;

import fovea.Shape;
import fovea.bindings.FoveaNative;
import fovea.op.Dropout;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Any layout. Per element, forward keeps one bit each, since drawing anew costs far more than reading them; per channel or sample it
 * keeps the factors that it multiplied by.
 */
public final class DropoutPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shape;
    private final MemorySegment factorShape;
    private final Layout layout;
    private final float p;
    private final boolean perElement;
    private final long factors;
    private final long[] auxBytes;

    public DropoutPlan(Dropout op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.shape(0);
        layout = request.layouts().getFirst();
        p = op.p();
        var dims = x.toArray();
        Arrays.fill(dims, switch (op.per()) {
            case ELEMENT -> dims.length;
            case CHANNEL -> 2;
            case SAMPLE -> 1;
        }, dims.length, 1);
        var factor = Shape.of(dims);
        // Where a channel or sample is one element; a factor of x's shape would have to be in its layout.
        perElement = factor.equals(x);
        shape = Native.shape(arena, x);
        factorShape = Native.shape(arena, factor);
        factors = factor.elements();
        auxBytes = new long[] {perElement ? (layout.elements(x) + 63) / 64 * 8 : factors * 4};
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
    public boolean draws() {
        return true;
    }

    @Override
    public long[] auxBytes() {
        return auxBytes;
    }

    @Override
    public boolean alwaysNeedsAux() {
        return !perElement;
    }

    @Override
    public void forward(Node node) {
        var ctx = nativeContext.ctx();
        if (perElement) {
            var bits = node.aux(0) == null ? MemorySegment.NULL : node.aux(0);
            nativeContext.check(FoveaNative.fov_dropout_forward(ctx, node.y(0), bits, node.x(0), p, nativeContext.seed(), node.draw(),
                    node.output(0).elements()));
        } else {
            nativeContext.check(FoveaNative.fov_dropout_mask(ctx, node.aux(0), p, nativeContext.seed(), node.draw(), factors));
            multiply(node.y(0), node.x(0), node.aux(0));
        }
    }

    @Override
    public void backward(Node node) {
        if (perElement) {
            nativeContext.check(FoveaNative.fov_dropout_backward(nativeContext.ctx(), node.dx(0), node.dy(0), node.aux(0), p,
                    node.output(0).elements()));
        } else {
            multiply(node.dx(0), node.dy(0), node.aux(0));
        }
    }

    private void multiply(MemorySegment y, MemorySegment x, MemorySegment by) {
        nativeContext.check(FoveaNative.fov_binary_forward(nativeContext.ctx(), y, x, by, FoveaNative.FOV_BINARY_MULTIPLY(), layout.id(),
                shape, shape, factorShape));
    }

    @Override
    public void close() {
        arena.close();
    }
}
