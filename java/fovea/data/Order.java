package fovea.data;

import java.util.Arrays;

/** Which image comes when in an epoch: a function of dataset, options and epoch. */
final class Order {
    /** The stream of the shuffle; images have streams from 0. */
    private static final long SHUFFLE = Long.MIN_VALUE;

    private Order() {
    }

    /** Indices in order, a multiple of the batch size long except with {@link LastBatch#KEEP}. */
    static int[] of(Dataset dataset, Loader.Options options, long epoch) {
        var order = options.balanced() ? balanced(dataset, options, epoch) : all(dataset.size());
        if (options.shuffle()) {
            new Draws().at(options.seed(), epoch, SHUFFLE).shuffle(order);
        }
        var whole = batches(order.length, options) * options.batch();
        return switch (options.last()) {
            case KEEP -> order;
            case DROP -> whole == order.length ? order : Arrays.copyOf(order, whole);
            case PAD -> {
                var padded = Arrays.copyOf(order, whole);
                for (var i = order.length; i < whole; i++) {
                    padded[i] = order[i % order.length];
                }
                yield padded;
            }
        };
    }

    static int batches(int images, Loader.Options options) {
        var n = options.last() == LastBatch.DROP ? images / options.batch() : (images + (long) options.batch() - 1) / options.batch();
        return (int) n;
    }

    private static int[] all(int n) {
        var order = new int[n];
        Arrays.setAll(order, i -> i);
        return order;
    }

    /** As many images as the dataset has, every class that occurs the same number of times, or one less. */
    private static int[] balanced(Dataset dataset, Loader.Options options, long epoch) {
        var n = dataset.size();
        var counts = new int[dataset.classes().size()];
        for (var i = 0; i < n; i++) {
            counts[dataset.label(i)]++;
        }
        var members = new int[counts.length][];
        Arrays.setAll(members, c -> new int[counts[c]]);
        for (var i = n - 1; i >= 0; i--) {
            var c = dataset.label(i);
            members[c][--counts[c]] = i;
        }
        var present = Arrays.stream(members).filter(m -> m.length > 0).toArray(int[][]::new);
        for (var c = 0; c < present.length; c++) {
            // Which members of a large class come depends on the epoch, so in time all of them do.
            new Draws().at(options.seed(), epoch, SHUFFLE + 1 + c).shuffle(present[c]);
        }
        var order = new int[n];
        for (var i = 0; i < n; i++) {
            var m = present[i % present.length];
            order[i] = m[i / present.length % m.length];
        }
        return order;
    }
}
