package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.convTranspose2d;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.Tensor;
import fovea.nn.Block;
import fovea.nn.Layer;
import fovea.nn.Scope;
import fovea.op.Extents;
import fovea.op.MaxPool;
import fovea.op.MaxUnpool;
import fovea.op.Pad;
import fovea.op.Window;
import java.util.List;

/**
 * ENet's down-sampling bottleneck, what lies inside, and the up-sampling bottleneck that undoes it: [c, h, w] -> [filters, h / 2, w / 2] ->
 * inside -> [c, h, w]. The places of the maxima that the first takes go directly to the second.
 */
record EnetLevel(int filters, Layer down, Layer downActivation, Layer inside, Layer main, Layer up, Layer upActivation) implements Layer {
    private static final MaxPool POOL = new MaxPool(Window.of(2, 2), true);

    /** From so many channels to so many, with this share of the channels dropped on the way down, and back. */
    static EnetLevel of(int channels, int filters, float dropped, Layer inside) {
        var halving = conv2d(filters / 4, 2).stride(2).bias(false);
        var doubling = convTranspose2d(channels / 4, 3).stride(2).padding(1).outputPadding(1).bias(false);
        return new EnetLevel(filters,
                Enet.extension(halving, List.of(named("conv", conv2d(filters / 4, 3).padding(1).bias(false))), filters, dropped, true),
                Enet.activation(true), inside,
                sequential(named("conv", Enet.conv1x1(channels)), named("bn", batchNorm())),
                Enet.extension(Enet.conv1x1(channels / 4), List.of(named("conv", doubling)), channels, 0.1f, false),
                Enet.activation(false));
    }

    @Override
    public Shape outputShape(Shape in) {
        if (in.rank() != 3 || in.dim(1) % 2 != 0 || in.dim(2) % 2 != 0 || in.dim(0) > filters) {
            throw new IllegalArgumentException(("a level of ENet halves and doubles, so it needs [at most %d channels, even height, even "
                    + "width], got %s; the network's input must be a multiple of 8 high and wide").formatted(filters, in));
        }
        var low = lower(in);
        var y = inside.outputShape(low);
        if (!y.with(0, 1).equals(low.with(0, 1))) {
            throw new IllegalArgumentException("a level of ENet: inside, %s becomes %s; height and width must stay".formatted(low, y));
        }
        return in;
    }

    private Shape lower(Shape in) {
        return Shape.of(filters, in.dim(1) / 2, in.dim(2) / 2);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        var low = lower(in);
        var high = inside.outputShape(low);
        var pad = new Pad(Pad.Mode.CONSTANT, List.of(new Pad.Margin(1, 0, Math.toIntExact(filters - in.dim(0)))), 0);
        return new Built(pad, scope.build("down", down, in), scope.build("down.act", downActivation, low), scope.build("", inside, low),
                scope.build("up.main", main, high), scope.build("up", up, high), scope.build("up.act", upActivation, in));
    }

    @Override
    public boolean holdsNothing() {
        return inside.holdsNothing();
    }

    @Override
    public String label() {
        return "down to %d channels and up again".formatted(filters);
    }

    private static final class Built implements Block {
        private final Pad pad;
        private final Block down;
        private final Block downActivation;
        private final Block body;
        private final Block main;
        private final Block up;
        private final Block upActivation;
        /** For the last height and width, so that a replayed step makes nothing new. */
        private MaxUnpool unpool;

        Built(Pad pad, Block down, Block downActivation, Block body, Block main, Block up, Block upActivation) {
            this.pad = pad;
            this.down = down;
            this.downActivation = downActivation;
            this.body = body;
            this.main = main;
            this.up = up;
            this.upActivation = upActivation;
        }

        @Override
        public Tensor forward(Tensor x) {
            var step = x.step();
            var pooled = step.applyAll(POOL, x);
            var low = downActivation.forward(step.apply(pad, pooled[0]).add(down.forward(x)));
            var inner = body.forward(low);
            var size = x.shape();
            if (unpool == null || unpool.size().at(0) != size.dim(2) || unpool.size().at(1) != size.dim(3)) {
                unpool = new MaxUnpool(Extents.of((int) size.dim(2), (int) size.dim(3)));
            }
            var spread = step.apply(unpool, main.forward(inner), pooled[1]);
            return upActivation.forward(spread.add(up.forward(inner)));
        }
    }
}
