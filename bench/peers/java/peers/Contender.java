package peers;

import java.util.SplittableRandom;

/** A library that trains and runs the networks. */
interface Contender {
    /** What it is asked for. */
    record Workload(Network network, boolean train, int batch, int threads, boolean channelsLast, boolean comparable) {
        static final float RATE = 0.01f, MOMENTUM = 0.9f;

        /** {@code resnet18:train:16}. Where results are compared, weights are those of {@link Network#weights} and nothing drops out. */
        static Workload of(String text, int threads, boolean channelsLast, boolean comparable) {
            var fields = text.split(":");
            if (fields.length != 3 || !fields[1].matches("train|infer")) {
                throw new IllegalArgumentException("workload '%s'; give <network>:train|infer:<batch>".formatted(text));
            }
            return new Workload(Network.byName(fields[0]), fields[1].equals("train"), Integer.parseInt(fields[2]), threads, channelsLast,
                    comparable);
        }

        int[] shape() {
            return new int[] {batch, network.channels(), network.size(), network.size()};
        }

        float[] pixels() {
            var random = new SplittableRandom(42);
            var x = new float[batch * network.channels() * network.size() * network.size()];
            for (var i = 0; i < x.length; i++) {
                x[i] = (float) ((random.nextDouble() * 2 - 1) * Math.sqrt(3));
            }
            return x;
        }

        int[] labels() {
            return new SplittableRandom(43).ints(batch, 0, network.classes()).toArray();
        }
    }

    /** A network that is ready to run. */
    @FunctionalInterface
    interface Run {
        /**
         * TRAIN: forward, mean cross-entropy, backward, SGD with momentum; returns the loss before the update. INFER: from an array of
         * pixels to an array of logits; returns the first.
         */
        double step();
    }

    String version();

    Run open(Workload workload);

    static Contender byName(String name) {
        return switch (name) {
            case "fovea" -> new FoveaContender();
            case "libtorch" -> new LibtorchContender();
            case "djl" -> new DjlContender();
            default -> throw new IllegalArgumentException("no contender is called '%s'; there are fovea, libtorch, djl".formatted(name));
        };
    }
}
