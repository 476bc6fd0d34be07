package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.RandomRelu;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Any layout. Backward draws the same slopes again: 32 bits each would be too many to keep. */
public final class RandomReluPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shape;
    private final Layout layout;
    private final float low;
    private final float high;

    public RandomReluPlan(RandomRelu op, Native nativeContext, Request request) {
        super(nativeContext, request);
        shape = Native.shape(arena, request.shape(0));
        layout = request.layouts().getFirst();
        low = op.low();
        high = op.high();
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
    public void forward(Node node) {
        run(node, node.y(0), node.x(0));
    }

    @Override
    public void backward(Node node) {
        run(node, node.dx(0), node.dy(0));
    }

    private void run(Node node, MemorySegment out, MemorySegment in) {
        nativeContext.check(FoveaNative.fov_random_slope(nativeContext.ctx(), out, in, node.x(0), low, high, nativeContext.seed(),
                node.draw(), layout.id(), shape));
    }

    @Override
    public void close() {
        arena.close();
    }
}
