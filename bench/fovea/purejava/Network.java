package fovea.purejava;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Networks that train in pure Java: LeNet-5 with ReLU and max-pooling, and a VGG for CIFAR with batch norm. Buffers are made once. */
public final class Network {
    private static final float MOMENTUM = 0.9f;
    private static final float DECAY = 5e-4f;
    private static final float EPS = 1e-5f;

    /** One layer with its buffers: y from x, and dx from dy. */
    private abstract static class Layer {
        final float[] y;
        float[] x;

        Layer(int outputs) {
            y = new float[outputs];
        }

        abstract void forward(Arithmetic arithmetic);

        /** dx is null where nobody asks for it. */
        abstract void backward(Arithmetic arithmetic, float[] dy, float[] dx);

        List<Weights> weights() {
            return List.of();
        }
    }

    /** A parameter with its gradient and its momentum. */
    public static final class Weights {
        public final float[] value;
        public final float[] gradient;
        private final float[] velocity;

        private Weights(int n) {
            value = new float[n];
            gradient = new float[n];
            velocity = new float[n];
        }
    }

    private final Arithmetic arithmetic;
    private final int batch;
    private final int classes = 10;
    private final List<Layer> layers = new ArrayList<>();
    private final float[] seed;
    private float[][] gradients;

    private Network(Arithmetic arithmetic, int batch) {
        this.arithmetic = arithmetic;
        this.batch = batch;
        seed = new float[batch * classes];
    }

    /** [batch, 1, 28, 28]. */
    public static Network lenet(Arithmetic arithmetic, int batch) {
        var net = new Network(arithmetic, batch);
        net.layers.add(new Filters(new Convolution(batch, 1, 28, 28, 6, 5, 5, 1, 2), true, true));
        net.layers.add(new Pool(new MaxPooling(batch * 6, 28, 28)));
        net.layers.add(new Filters(new Convolution(batch, 6, 14, 14, 16, 5, 5, 1, 0), true, true));
        net.layers.add(new Pool(new MaxPooling(batch * 16, 10, 10)));
        net.layers.add(new Dense(batch, 400, 120, true));
        net.layers.add(new Dense(batch, 120, 84, true));
        net.layers.add(new Dense(batch, 84, 10, false));
        return net.initialised();
    }

    /** [batch, 3, 32, 32]: twice 3x3, batch norm and ReLU at 64, 128 and 256 channels, each pair with a max-pool behind; 256 units; 10. */
    public static Network vgg(Arithmetic arithmetic, int batch) {
        var net = new Network(arithmetic, batch);
        var channels = 3;
        var side = 32;
        for (var filters : new int[] {64, 128, 256}) {
            for (var i = 0; i < 2; i++) {
                net.layers.add(new Filters(new Convolution(batch, channels, side, side, filters, 3, 3, 1, 1), false, false));
                net.layers.add(new Norm(batch, filters, side * side));
                channels = filters;
            }
            net.layers.add(new Pool(new MaxPooling(batch * filters, side, side)));
            side /= 2;
        }
        net.layers.add(new Dense(batch, 256 * 16, 256, true));
        net.layers.add(new Dense(batch, 256, 10, false));
        return net.initialised();
    }

    private Network initialised() {
        gradients = new float[layers.size()][];
        for (var i = 1; i < gradients.length; i++) {
            gradients[i] = new float[layers.get(i - 1).y.length];
        }
        var random = new SplittableRandom(1);
        for (var weights : weights()) {
            // Norms begin with their own scales; the rest small enough that nothing explodes.
            if (weights.value.length > 0 && weights.value[0] == 0) {
                for (var i = 0; i < weights.value.length; i++) {
                    weights.value[i] = (float) (0.05 * random.nextGaussian());
                }
            }
        }
        return this;
    }

    /** All parameters, in the order of the layers, weights before biases. */
    public List<Weights> weights() {
        return layers.stream().flatMap(layer -> layer.weights().stream()).toList();
    }

    /** One step of SGD with momentum 0.9 and decay 5e-4; the mean cross-entropy before it. */
    public double step(float[] images, int[] labels, float rate) {
        var x = images;
        for (var layer : layers) {
            layer.x = x;
            layer.forward(arithmetic);
            x = layer.y;
        }
        var loss = crossEntropy(x, labels);
        var dy = seed;
        for (var i = layers.size() - 1; i >= 0; i--) {
            var dx = gradients[i];
            layers.get(i).backward(arithmetic, dy, dx);
            dy = dx;
        }
        for (var w : weights()) {
            var parts = Math.max(1, w.value.length >> 15);
            Arithmetic.parallel(parts, part -> arithmetic.update(w.value, w.gradient, w.velocity,
                    (int) ((long) part * w.value.length / parts), (int) ((long) (part + 1) * w.value.length / parts), rate, MOMENTUM,
                    DECAY));
        }
        return loss;
    }

    private double crossEntropy(float[] scores, int[] labels) {
        var loss = 0.0;
        for (var i = 0; i < batch; i++) {
            var most = Float.NEGATIVE_INFINITY;
            for (var c = 0; c < classes; c++) {
                most = Math.max(most, scores[i * classes + c]);
            }
            var sum = 0.0;
            for (var c = 0; c < classes; c++) {
                sum += Math.exp(scores[i * classes + c] - most);
            }
            loss -= scores[i * classes + labels[i]] - most - Math.log(sum);
            for (var c = 0; c < classes; c++) {
                seed[i * classes + c] = (float) ((Math.exp(scores[i * classes + c] - most) / sum - (c == labels[i] ? 1 : 0)) / batch);
            }
        }
        return loss / batch;
    }

    /** dy where y is positive, else 0, in place. */
    private static void closed(float[] dy, float[] y) {
        var parts = Math.max(1, y.length >> 15);
        Arithmetic.parallel(parts, part -> {
            for (int i = (int) ((long) part * y.length / parts), to = (int) ((long) (part + 1) * y.length / parts); i < to; i++) {
                dy[i] = y[i] > 0 ? dy[i] : 0;
            }
        });
    }

    private static final class Filters extends Layer {
        private final Convolution convolution;
        private final boolean relu;
        private final Weights w;
        private final Weights b;

        Filters(Convolution c, boolean bias, boolean relu) {
            super(c.n() * c.oc() * c.oh() * c.ow());
            convolution = c;
            this.relu = relu;
            w = new Weights(c.oc() * c.ic() * c.kh() * c.kw());
            b = bias ? new Weights(c.oc()) : null;
        }

        @Override
        void forward(Arithmetic arithmetic) {
            convolution.forward(arithmetic, y, x, w.value, b == null ? null : b.value, relu);
        }

        @Override
        void backward(Arithmetic arithmetic, float[] dy, float[] dx) {
            if (relu) {
                closed(dy, y);
            }
            convolution.weights(arithmetic, w.gradient, b == null ? null : b.gradient, dy, x);
            if (dx != null) {
                convolution.data(arithmetic, dx, dy, w.value);
            }
        }

        @Override
        List<Weights> weights() {
            return b == null ? List.of(w) : List.of(w, b);
        }
    }

    private static final class Pool extends Layer {
        private final MaxPooling pooling;
        private final byte[] which;

        Pool(MaxPooling pooling) {
            super(pooling.outputs());
            this.pooling = pooling;
            which = new byte[pooling.outputs()];
        }

        @Override
        void forward(Arithmetic arithmetic) {
            pooling.forward(arithmetic, y, which, x);
        }

        @Override
        void backward(Arithmetic arithmetic, float[] dy, float[] dx) {
            pooling.backward(dx, dy, which);
        }
    }

    private static final class Dense extends Layer {
        private final int n;
        private final int in;
        private final int out;
        private final boolean relu;
        private final Weights w;
        private final Weights b;

        Dense(int n, int in, int out, boolean relu) {
            super(n * out);
            this.n = n;
            this.in = in;
            this.out = out;
            this.relu = relu;
            w = new Weights(out * in);
            b = new Weights(out);
        }

        @Override
        void forward(Arithmetic arithmetic) {
            Product.gemm(arithmetic, n, out, in, x, false, w.value, true, y, false);
            for (var i = 0; i < n * out; i++) {
                y[i] += b.value[i % out];
            }
            if (relu) {
                arithmetic.relu(y, 0, n * out);
            }
        }

        @Override
        void backward(Arithmetic arithmetic, float[] dy, float[] dx) {
            if (relu) {
                closed(dy, y);
            }
            Product.gemm(arithmetic, out, in, n, dy, true, x, false, w.gradient, false);
            Arrays.fill(b.gradient, 0);
            for (var i = 0; i < n * out; i++) {
                b.gradient[i % out] += dy[i];
            }
            if (dx != null) {
                Product.gemm(arithmetic, n, in, out, dy, false, w.value, false, dx, false);
            }
        }

        @Override
        List<Weights> weights() {
            return List.of(w, b);
        }
    }

    /** Batch norm and ReLU over [n, channels, places]. */
    private static final class Norm extends Layer {
        private final int n;
        private final int channels;
        private final int places;
        private final Weights scale;
        private final Weights shift;
        private final double[] mean;
        private final double[] inverse;

        Norm(int n, int channels, int places) {
            super(n * channels * places);
            this.n = n;
            this.channels = channels;
            this.places = places;
            scale = new Weights(channels);
            shift = new Weights(channels);
            Arrays.fill(scale.value, 1);
            mean = new double[channels];
            inverse = new double[channels];
        }

        @Override
        void forward(Arithmetic arithmetic) {
            Arithmetic.parallel(channels, c -> {
                var sums = new double[2];
                for (var i = 0; i < n; i++) {
                    arithmetic.sums(x, (i * channels + c) * places, (i * channels + c + 1) * places, sums);
                }
                var count = (double) n * places;
                mean[c] = sums[0] / count;
                inverse[c] = 1 / Math.sqrt(Math.max(0, sums[1] / count - mean[c] * mean[c]) + EPS);
                var a = (float) (scale.value[c] * inverse[c]);
                var b = (float) (shift.value[c] - scale.value[c] * inverse[c] * mean[c]);
                for (var i = 0; i < n; i++) {
                    var from = (i * channels + c) * places;
                    arithmetic.affine(y, x, from, from + places, a, b);
                    arithmetic.relu(y, from, from + places);
                }
            });
        }

        @Override
        void backward(Arithmetic arithmetic, float[] dy, float[] dx) {
            closed(dy, y);
            Arithmetic.parallel(channels, c -> {
                var sum = 0.0;
                var product = 0.0;
                for (var i = 0; i < n; i++) {
                    for (int k = (i * channels + c) * places, to = k + places; k < to; k++) {
                        sum += dy[k];
                        product += dy[k] * (x[k] - mean[c]);
                    }
                }
                shift.gradient[c] = (float) sum;
                scale.gradient[c] = (float) (product * inverse[c]);
                var count = (double) n * places;
                // dx = scale inverse (dy - mean(dy) - (x - mean) inverse^2 mean(dy (x - mean)))
                var a = (float) (scale.value[c] * inverse[c]);
                var b = (float) (-a * inverse[c] * inverse[c] * product / count);
                var d = (float) (-a * sum / count - b * mean[c]);
                for (var i = 0; i < n; i++) {
                    for (int k = (i * channels + c) * places, to = k + places; k < to; k++) {
                        dx[k] = a * dy[k] + b * x[k] + d;
                    }
                }
            });
        }

        @Override
        List<Weights> weights() {
            return List.of(scale, shift);
        }
    }
}
