package fovea.train;

import java.util.Locale;

/**
 * How good a classifier was on a data set.
 *
 * <pre>{@code
 * var result = trainer.evaluate(mnist.test());
 * System.out.println(result);                       // loss 0.0231, accuracy 99.31 %, ...
 * System.out.println(result.recall(3));
 * }</pre>
 *
 * @param samples how many were seen
 * @param loss mean over all samples
 * @param top1 samples whose class had the highest score
 * @param top5 samples whose class was among the five highest scores; all of them where there are no more than five classes
 * @param confusion samples by [class][predicted class]
 * @param rocAuc mean area under the curve of one class against the rest, over the classes that have both; NaN where no class has
 * @param calibrationError expected difference of confidence and accuracy, in 15 bins of confidence
 */
public record Evaluation(long samples, double loss, long top1, long top5, long[][] confusion, double rocAuc, double calibrationError) {
    public int classes() {
        return confusion.length;
    }

    public double accuracy() {
        return (double) top1 / samples;
    }

    public double top5Accuracy() {
        return (double) top5 / samples;
    }

    /** Of those called this class, the share that is; 0 where none was. */
    public double precision(int label) {
        var called = 0L;
        for (var row : confusion) {
            called += row[label];
        }
        return called == 0 ? 0 : (double) confusion[label][label] / called;
    }

    /** Of those of this class, the share that was called so; 0 where there are none. */
    public double recall(int label) {
        var there = 0L;
        for (var n : confusion[label]) {
            there += n;
        }
        return there == 0 ? 0 : (double) confusion[label][label] / there;
    }

    /** Harmonic mean of precision and recall. */
    public double f1(int label) {
        var sum = precision(label) + recall(label);
        return sum == 0 ? 0 : 2 * precision(label) * recall(label) / sum;
    }

    /** Mean of {@link #f1} over all classes. */
    public double macroF1() {
        var sum = 0.0;
        for (var c = 0; c < classes(); c++) {
            sum += f1(c);
        }
        return sum / classes();
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "loss %.4f, accuracy %.2f %%, top-5 %.2f %%, macro F1 %.4f, ROC-AUC %.4f, calibration error %.4f",
                loss, 100 * accuracy(), 100 * top5Accuracy(), macroF1(), rocAuc, calibrationError);
    }
}
