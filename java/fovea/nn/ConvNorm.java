package fovea.nn;

import fovea.ElementType;
import fovea.Mode;
import fovea.Shape;
import fovea.Tensor;
import fovea.op.Activation;
import fovea.op.MaxPool;
import fovea.runtime.Access;

/**
 * A convolution, batch norm, perhaps the addition of another tensor, perhaps relu and perhaps max-pooling: an op for each of convolution,
 * norm and pooling in TRAIN, one for all in EVAL, where the norm is folded into the weights. The folded weights are made anew when
 * anything they come from has changed.
 */
final class ConvNorm implements Block {
    private final ConvBlock conv;
    private final BatchNormBlock norm;
    private final String normPath;
    private final Activation activation;
    private final boolean adds;
    /** Null: nothing is pooled. */
    private final MaxPool pool;
    private final String poolPath;
    /** With the norm folded in; null before the first EVAL step. */
    private ConvBlock folded;
    private long foldedVersion;

    /** @param adds whether {@link #forward(Tensor, Tensor)} will be called, and not the other */
    ConvNorm(ConvBlock conv, BatchNormBlock norm, String normPath, Activation activation, boolean adds) {
        this(conv, norm.activation(activation), normPath, activation, adds, null, null);
    }

    private ConvNorm(ConvBlock conv, BatchNormBlock norm, String normPath, Activation activation, boolean adds, MaxPool pool,
            String poolPath) {
        this.conv = conv;
        this.norm = norm;
        this.normPath = normPath;
        this.activation = activation;
        this.adds = adds;
        this.pool = pool;
        this.poolPath = poolPath;
    }

    /** The same with max-pooling behind it. */
    ConvNorm pooling(MaxPool op, String path) {
        return new ConvNorm(conv, norm, normPath, activation, adds, op, path);
    }

    @Override
    public Tensor forward(Tensor x) {
        var step = x.step();
        return step.mode() == Mode.EVAL && norm.foldsInEval() ? folded().forward(x) : inTwo(x, null);
    }

    /** {@code activation(norm(conv(x)) + r)}. */
    Tensor forward(Tensor x, Tensor r) {
        var step = x.step();
        return step.mode() == Mode.EVAL && norm.foldsInEval() ? folded().forward(x, r) : inTwo(x, r);
    }

    private Tensor inTwo(Tensor x, Tensor r) {
        var step = x.step();
        var t = conv.forward(x);
        var before = step.enter(normPath);
        try {
            var y = r == null ? norm.forward(t) : norm.forward(t, r);
            return pool == null ? y : pooled(y);
        } finally {
            step.enter(before);
            step.discard(t);
        }
    }

    private Tensor pooled(Tensor y) {
        var step = y.step();
        step.enter(poolPath);
        try {
            return step.apply(pool, y);
        } finally {
            step.discard(y);
        }
    }

    private ConvBlock folded() {
        var now = version(conv.w) + version(conv.b) + version(norm.gamma) + version(norm.beta) + version(norm.mean)
                + version(norm.variance);
        if (folded == null) {
            var session = conv.w.session();
            var w = session.tensor(normPath + ", folded weight", conv.w.shape(), ElementType.F32);
            var b = session.tensor(normPath + ", folded bias", Shape.of(conv.w.shape().dim(0)), ElementType.F32);
            folded = conv.with(w, b).activation(activation);
            folded = adds ? folded.adding() : pool == null ? folded : folded.pooling(pool.window());
            foldedVersion = now - 1;
        }
        if (foldedVersion != now) {
            fold();
            foldedVersion = now;
        }
        return folded;
    }

    private static long version(Tensor tensor) {
        return tensor == null ? 0 : Access.value(tensor).version();
    }

    private void fold() {
        var w = conv.w.toArray();
        var filters = Math.toIntExact(conv.w.shape().dim(0));
        var b = conv.b == null ? new float[filters] : conv.b.toArray();
        var gamma = norm.gamma == null ? null : norm.gamma.toArray();
        var beta = norm.beta == null ? null : norm.beta.toArray();
        var mean = norm.mean.toArray();
        var variance = norm.variance.toArray();
        var each = w.length / filters;
        for (var f = 0; f < filters; f++) {
            var scale = (gamma == null ? 1 : gamma[f]) / Math.sqrt((double) variance[f] + norm.epsilon());
            for (var i = f * each; i < (f + 1) * each; i++) {
                w[i] = (float) (scale * w[i]);
            }
            b[f] = (float) ((b[f] - mean[f]) * scale + (beta == null ? 0 : beta[f]));
        }
        folded.w.copyFrom(w);
        folded.b.copyFrom(b);
    }
}
