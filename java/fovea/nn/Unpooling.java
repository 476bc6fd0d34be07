package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Extents;
import fovea.op.MaxPool;
import fovea.op.MaxUnpool;

/**
 * A max-pooling, a body on what it gives, and then every element back at the place where its maximum was found, with 0 around it, in the
 * size that was pooled: a deconvolution network (Zeiler and Fergus 2014). One within another makes SegNet. The body keeps the shape.
 *
 * <pre>{@code
 * unpooled(maxPool2d(2), sequential(conv2d(64, 3).padding(1), relu()))
 * }</pre>
 */
public record Unpooling(Pooling pool, Layer body) implements Layer {
    public Unpooling {
        if (pool.kind() != Pooling.Kind.MAX) {
            throw new IllegalArgumentException("unpooled: only maxima have a place to go back to, got %s; give a max-pooling".formatted(
                    pool.label()));
        }
    }

    @Override
    public Shape outputShape(Shape in) {
        Shape pooled;
        try {
            pooled = pool.outputShape(in);
        } catch (IllegalArgumentException e) {
            throw LayerException.within("pool", e);
        }
        Shape out;
        try {
            out = body.outputShape(pooled);
        } catch (IllegalArgumentException e) {
            throw LayerException.within("body", e);
        }
        if (!out.equals(pooled)) {
            throw new IllegalArgumentException(
                    "unpooled: the body makes %s of the pooled %s; every element needs one maximum's place, so the shape must stay"
                            .formatted(out, pooled));
        }
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        outputShape(in);
        // The pooling has a row in summaries; what runs in its place gives the places too.
        scope.build("pool", pool, in);
        return new Built(new MaxPool(pool.window(), true), scope.build("body", body, pool.outputShape(in)));
    }

    private static final class Built implements Block {
        private final MaxPool pool;
        private final Block body;
        /** For the last size, so that a replayed step makes nothing new. */
        private MaxUnpool unpool;

        Built(MaxPool pool, Block body) {
            this.pool = pool;
            this.body = body;
        }

        @Override
        public Tensor forward(Tensor x) {
            var step = x.step();
            var pooled = step.applyAll(pool, x);
            var y = body.forward(pooled[0]);
            if (unpool == null || !isFor(x.shape())) {
                unpool = new MaxUnpool(Shapes.extents(x.shape(), 2));
            }
            return step.apply(unpool, y, pooled[1]);
        }

        private boolean isFor(Shape shape) {
            Extents size = unpool.size();
            for (var i = 0; i < size.rank(); i++) {
                if (shape.dim(i + 2) != size.at(i)) {
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public boolean holdsNothing() {
        return body.holdsNothing();
    }

    @Override
    public String label() {
        return "unpooled";
    }
}
