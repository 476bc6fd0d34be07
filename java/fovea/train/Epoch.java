package fovea.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What one pass over the training data came to. A line of {@code history.csv}.
 *
 * @param epoch counted from 1
 * @param iteration optimizer steps from the beginning of the run
 * @param rate learning rate at its end
 * @param loss mean over the samples as they were trained on
 * @param accuracy of the same
 * @param validationLoss of the other data set; NaN without one
 * @param validationAccuracy of the same
 * @param seconds of training, without evaluation
 * @param images trained on in that time
 * @param waiting share of the time that training waited for data
 */
public record Epoch(int epoch, long iteration, double rate, double loss, double accuracy, double validationLoss, double validationAccuracy,
        double seconds, long images, double waiting) {
    /** Of training, in this epoch. */
    public double imagesPerSecond() {
        return images / seconds;
    }

    /** By name; the names are the columns of the history files. */
    public SequencedMap<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("epoch", epoch);
        fields.put("iteration", iteration);
        fields.put("rate", rate);
        fields.put("loss", loss);
        fields.put("accuracy", accuracy);
        fields.put("validationLoss", validationLoss);
        fields.put("validationAccuracy", validationAccuracy);
        fields.put("seconds", seconds);
        fields.put("images", images);
        fields.put("imagesPerSecond", imagesPerSecond());
        fields.put("waiting", waiting);
        return fields;
    }

    static Epoch of(Map<?, ?> fields) {
        return new Epoch((int) number(fields, "epoch"), (long) number(fields, "iteration"), number(fields, "rate"), number(fields, "loss"),
                number(fields, "accuracy"), number(fields, "validationLoss"), number(fields, "validationAccuracy"),
                number(fields, "seconds"), (long) number(fields, "images"), number(fields, "waiting"));
    }

    private static double number(Map<?, ?> fields, String name) {
        if (!fields.containsKey(name)) {
            throw new IllegalArgumentException("an epoch of the history has no '" + name + "'");
        }
        return fields.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }
}
