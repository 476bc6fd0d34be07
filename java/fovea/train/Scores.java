package fovea.train;

import java.util.Arrays;

/**
 * Gathers what a classifier said about samples whose class is known, batch by batch, and says how good that was.
 *
 * <pre>{@code
 * var scores = new Scores(10);
 * scores.add(logits.toArray(), labels, loss.item());
 * Evaluation evaluation = scores.evaluation();
 * }</pre>
 */
public final class Scores {
    private static final int BINS = 15;

    private final int classes;
    private final long[][] confusion;
    private final long[] bins = new long[BINS];
    private final double[] confidence = new double[BINS];
    private final long[] right = new long[BINS];
    private long samples;
    private long top1;
    private long top5;
    private double loss;
    /** Softmax of every sample, for the areas under curves. */
    private float[] probabilities = new float[1024];
    private int[] labels = new int[64];
    private final double[] softmax;

    public Scores(int classes) {
        if (classes < 2) {
            throw new IllegalArgumentException("scores of %d classes; give at least 2".formatted(classes));
        }
        this.classes = classes;
        confusion = new long[classes][classes];
        softmax = new double[classes];
    }

    /** @param logits row-major [labels.length, classes]; @param meanLoss of these samples */
    public void add(float[] logits, int[] batchLabels, double meanLoss) {
        if (logits.length != batchLabels.length * classes) {
            throw new IllegalArgumentException("%d scores for %d labels and %d classes; %d are expected".formatted(
                    logits.length, batchLabels.length, classes, batchLabels.length * classes));
        }
        loss += meanLoss * batchLabels.length;
        for (var i = 0; i < batchLabels.length; i++) {
            add(logits, i * classes, batchLabels[i]);
        }
    }

    private void add(float[] logits, int row, int label) {
        if (label < 0 || label >= classes) {
            throw new IllegalArgumentException("label %d; there are classes 0 to %d".formatted(label, classes - 1));
        }
        var predicted = best(logits, row, classes);
        confusion[label][predicted]++;
        // Ties count against the network, and so does NaN, which is above nothing.
        var higher = 0;
        for (var c = 0; c < classes; c++) {
            if (c != label && !(logits[row + c] < logits[row + label])) {
                higher++;
            }
        }
        top1 += predicted == label ? 1 : 0;
        top5 += higher < 5 ? 1 : 0;
        softmax(logits, row, softmax);
        // NaN has no bin; it belongs to the lowest.
        var bin = (int) Math.clamp(softmax[predicted] * BINS, 0, BINS - 1);
        bins[bin]++;
        confidence[bin] += Double.isNaN(softmax[predicted]) ? 0 : softmax[predicted];
        right[bin] += predicted == label ? 1 : 0;
        keep(label);
        samples++;
    }

    private void keep(int label) {
        var n = Math.toIntExact(samples);
        if (n == labels.length) {
            labels = Arrays.copyOf(labels, 2 * n);
        }
        labels[n] = label;
        if ((n + 1L) * classes > probabilities.length) {
            probabilities = Arrays.copyOf(probabilities, Math.toIntExact(Math.max((n + 1L) * classes, 2L * probabilities.length)));
        }
        for (var c = 0; c < classes; c++) {
            probabilities[n * classes + c] = (float) softmax[c];
        }
    }

    /** The first of the highest. */
    static int best(float[] logits, int row, int classes) {
        var best = 0;
        for (var c = 1; c < classes; c++) {
            if (logits[row + c] > logits[row + best]) {
                best = c;
            }
        }
        return best;
    }

    static void softmax(float[] logits, int row, double[] probabilities) {
        var most = logits[row + best(logits, row, probabilities.length)];
        var sum = 0.0;
        for (var c = 0; c < probabilities.length; c++) {
            probabilities[c] = Math.exp(logits[row + c] - most);
            sum += probabilities[c];
        }
        for (var c = 0; c < probabilities.length; c++) {
            probabilities[c] /= sum;
        }
    }

    public Evaluation evaluation() {
        if (samples == 0) {
            throw new IllegalStateException("no samples were added; is the data set empty?");
        }
        var error = 0.0;
        for (var b = 0; b < BINS; b++) {
            error += Math.abs(confidence[b] - right[b]) / samples;
        }
        var copy = Arrays.stream(confusion).map(long[]::clone).toArray(long[][]::new);
        return new Evaluation(samples, loss / samples, top1, top5, copy, meanAuc(), error);
    }

    private double meanAuc() {
        var sum = 0.0;
        var counted = 0;
        for (var c = 0; c < classes; c++) {
            var area = auc(c);
            if (!Double.isNaN(area)) {
                sum += area;
                counted++;
            }
        }
        return counted == 0 ? Double.NaN : sum / counted;
    }

    /** The chance that a sample of the class scores higher than one of the rest, a tie counting half: the Mann-Whitney statistic. */
    private double auc(int label) {
        var n = (int) samples;
        // Score and label in one number: sorts without boxes. Probabilities are not negative, so their bits order as they do.
        var keys = new long[n];
        for (var i = 0; i < n; i++) {
            keys[i] = (long) Float.floatToIntBits(probabilities[i * classes + label]) << 1 | (labels[i] == label ? 1 : 0);
        }
        Arrays.sort(keys);
        var positives = 0L;
        var ranks = 0.0;
        for (int i = 0, j; i < n; i = j) {
            var tied = 0L;
            for (j = i; j < n && keys[j] >> 1 == keys[i] >> 1; j++) {
                tied += keys[j] & 1;
            }
            ranks += tied * (i + j + 1) / 2.0;
            positives += tied;
        }
        var negatives = n - positives;
        return positives == 0 || negatives == 0 ? Double.NaN
                : (ranks - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
    }
}
