package fovea.runtime.plan;

import fovea.Shape;
import fovea.op.Reshape;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;

/**
 * Another name for the same memory. In the plain layout the order of elements does not depend on the shape; in a blocked one it stays
 * where only the axes behind the channels change, and single pixels of whole blocks of channels lie as in the plain one.
 */
public final class ReshapePlan extends Plan {
    private final Layout in;
    private final Layout out;

    public ReshapePlan(Reshape op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var present = request.layouts().getFirst();
        var x = request.shape(0);
        var y = op.shape();
        var stays = x.rank() >= 2 && y.rank() >= 2 && x.dim(0) == y.dim(0) && x.dim(1) == y.dim(1);
        in = stays || isPlain(present, x) ? present : Layout.PLAIN;
        out = stays ? present : Layout.PLAIN;
    }

    private static boolean isPlain(Layout layout, Shape x) {
        return layout == Layout.C16 && x.rank() >= 2 && x.dim(1) % 16 == 0 && x.slice(2, x.rank()).elements() == 1;
    }

    @Override
    public Layout inputLayout(int i) {
        return in;
    }

    @Override
    public Layout outputLayout(int o) {
        return out;
    }

    @Override
    public boolean aliases() {
        return true;
    }

    @Override
    public boolean passesGrad(int i) {
        return true;
    }

    @Override
    public void forward(Node node) {
    }

    @Override
    public void backward(Node node) {
    }
}
