package peers;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import peers.Part.*;

/** The networks that are compared, as torchvision has them where it has them; their numbers of parameters are checked. */
record Network(String name, int channels, int size, int classes, Part root) {
    static final List<String> NAMES = List.of("lenet5", "cifarvgg", "alexnet", "vgg16", "googlenet", "resnet18", "resnet50");

    static Network byName(String name) {
        return switch (name) {
            case "lenet5" -> checked(61_706, new Network(name, 1, 32, 10, lenet()));
            case "cifarvgg" -> checked(2_197_706, new Network(name, 3, 32, 10, cifarVgg()));
            case "alexnet" -> checked(61_100_840, new Network(name, 3, 224, 1000, alexnet()));
            case "vgg16" -> checked(138_357_544, new Network(name, 3, 224, 1000, vgg16()));
            case "googlenet" -> checked(6_624_904, new Network(name, 3, 224, 1000, googlenet()));
            case "resnet18" -> checked(11_689_512, new Network(name, 3, 224, 1000, resnet(false, 2, 2, 2, 2)));
            case "resnet50" -> checked(25_557_032, new Network(name, 3, 224, 1000, resnet(true, 3, 4, 6, 3)));
            default -> throw new IllegalArgumentException("no network is called '%s'; there are %s".formatted(name, NAMES));
        };
    }

    private static Network checked(long parameters, Network network) {
        if (network.root.parameters() != parameters) {
            throw new IllegalStateException(
                    "%s has %,d parameters, not %,d".formatted(network.name, network.root.parameters(), parameters));
        }
        return network;
    }

    /** Weights that every contender can start from: uniform with the variance of 1 / inputs, different for every part. */
    static float[] weights(Part part, int index) {
        var inputs = part instanceof Conv c ? c.channels() * c.kernel() * c.kernel() : ((Dense) part).inputs();
        var outputs = part instanceof Conv c ? c.filters() : ((Dense) part).outputs();
        var random = new SplittableRandom(1000 + index);
        var bound = Math.sqrt(3.0 / inputs);
        var w = new float[inputs * outputs];
        for (var i = 0; i < w.length; i++) {
            w[i] = (float) ((random.nextDouble() * 2 - 1) * bound);
        }
        return w;
    }

    private static Part lenet() {
        return new Chain(new Conv(1, 6, 5, 1, 0, true), Simple.TANH, new AveragePool(2), new Conv(6, 16, 5, 1, 0, true), Simple.TANH,
                new AveragePool(2), new Conv(16, 120, 5, 1, 0, true), Simple.TANH, Simple.FLATTEN, new Dense(120, 84), Simple.TANH,
                new Dense(84, 10));
    }

    private static Part cifarVgg() {
        var parts = new ArrayList<Part>();
        var in = 3;
        for (var filters : new int[] {64, 128, 256}) {
            for (var i = 0; i < 2; i++) {
                convolution(parts, in, filters, 3, 1, 1, 1e-5);
                in = filters;
            }
            parts.add(new MaxPool(2, 2, 0, false));
        }
        parts.addAll(List.of(Simple.FLATTEN, new Dense(4096, 256), Simple.RELU, new Dense(256, 10)));
        return new Chain(parts);
    }

    private static Part alexnet() {
        var pool = new MaxPool(3, 2, 0, false);
        return new Chain(new Conv(3, 64, 11, 4, 2, true), Simple.RELU, pool, new Conv(64, 192, 5, 1, 2, true), Simple.RELU, pool,
                new Conv(192, 384, 3, 1, 1, true), Simple.RELU, new Conv(384, 256, 3, 1, 1, true), Simple.RELU,
                new Conv(256, 256, 3, 1, 1, true), Simple.RELU, pool, Simple.FLATTEN, new Dropout(0.5), new Dense(9216, 4096), Simple.RELU,
                new Dropout(0.5), new Dense(4096, 4096), Simple.RELU, new Dense(4096, 1000));
    }

    private static Part vgg16() {
        var parts = new ArrayList<Part>();
        var in = 3;
        for (var stage : new int[][] {{64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}}) {
            for (var filters : stage) {
                parts.addAll(List.of(new Conv(in, filters, 3, 1, 1, true), Simple.RELU));
                in = filters;
            }
            parts.add(new MaxPool(2, 2, 0, false));
        }
        parts.addAll(List.of(Simple.FLATTEN, new Dense(25088, 4096), Simple.RELU, new Dropout(0.5), new Dense(4096, 4096), Simple.RELU,
                new Dropout(0.5), new Dense(4096, 1000)));
        return new Chain(parts);
    }

    private static void convolution(List<Part> parts, int in, int filters, int kernel, int stride, int padding, double epsilon) {
        parts.addAll(List.of(new Conv(in, filters, kernel, stride, padding, false), new Norm(filters, epsilon), Simple.RELU));
    }

    private static Part branch(int in, int... filtersAndKernels) {
        var parts = new ArrayList<Part>();
        for (var i = 0; i < filtersAndKernels.length; i += 2) {
            var kernel = filtersAndKernels[i + 1];
            convolution(parts, in, filtersAndKernels[i], kernel, 1, kernel / 2, 1e-3);
            in = filtersAndKernels[i];
        }
        return new Chain(parts);
    }

    private static Part inception(int in, int one, int toThree, int three, int toFive, int five, int pooled) {
        var pool = new ArrayList<Part>(List.of(new MaxPool(3, 1, 1, true)));
        convolution(pool, in, pooled, 1, 1, 0, 1e-3);
        return new Branches(List.of(branch(in, one, 1), branch(in, toThree, 1, three, 3), branch(in, toFive, 1, five, 3), new Chain(pool)));
    }

    private static Part googlenet() {
        var parts = new ArrayList<Part>();
        convolution(parts, 3, 64, 7, 2, 3, 1e-3);
        parts.add(new MaxPool(3, 2, 0, true));
        convolution(parts, 64, 64, 1, 1, 0, 1e-3);
        convolution(parts, 64, 192, 3, 1, 1, 1e-3);
        parts.addAll(List.of(new MaxPool(3, 2, 0, true), inception(192, 64, 96, 128, 16, 32, 32), inception(256, 128, 128, 192, 32, 96, 64),
                new MaxPool(3, 2, 0, true), inception(480, 192, 96, 208, 16, 48, 64), inception(512, 160, 112, 224, 24, 64, 64),
                inception(512, 128, 128, 256, 24, 64, 64), inception(512, 112, 144, 288, 32, 64, 64),
                inception(528, 256, 160, 320, 32, 128, 128), new MaxPool(2, 2, 0, true), inception(832, 256, 160, 320, 32, 128, 128),
                inception(832, 384, 192, 384, 48, 128, 128), Simple.GLOBAL_AVERAGE, Simple.FLATTEN, new Dropout(0.2),
                new Dense(1024, 1000)));
        return new Chain(parts);
    }

    private static Part resnet(boolean bottleneck, int... blocks) {
        var parts = new ArrayList<Part>();
        convolution(parts, 3, 64, 7, 2, 3, 1e-5);
        parts.add(new MaxPool(3, 2, 1, false));
        var in = 64;
        for (var stage = 0; stage < 4; stage++) {
            var width = 64 << stage;
            var out = bottleneck ? 4 * width : width;
            for (var b = 0; b < blocks[stage]; b++) {
                var stride = b == 0 && stage > 0 ? 2 : 1;
                var body = new ArrayList<Part>();
                if (bottleneck) {
                    convolution(body, in, width, 1, 1, 0, 1e-5);
                    convolution(body, width, width, 3, stride, 1, 1e-5);
                    body.add(new Conv(width, out, 1, 1, 0, false));
                } else {
                    convolution(body, in, width, 3, stride, 1, 1e-5);
                    body.add(new Conv(width, out, 3, 1, 1, false));
                }
                body.add(new Norm(out, 1e-5));
                var shortcut = stride == 1 && in == out ? Simple.IDENTITY
                        : new Chain(new Conv(in, out, 1, stride, 0, false), new Norm(out, 1e-5));
                parts.add(new Residual(new Chain(body), shortcut));
                in = out;
            }
        }
        parts.addAll(List.of(Simple.GLOBAL_AVERAGE, Simple.FLATTEN, new Dense(in, 1000)));
        return new Chain(parts);
    }
}
