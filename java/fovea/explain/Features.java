package fovea.explain;

import fovea.Mode;
import fovea.data.Dataset;
import fovea.data.Loader;
import fovea.nn.Model;
import java.util.Arrays;

/**
 * What a layer makes of a data set: deep features, to train something small on, or to look at with {@link Tsne}.
 *
 * <pre>{@code
 * var codes = Features.of(model, "9", digits.test(), Loader.options(100).augment(normalise));
 * }</pre>
 *
 * @param rows the layer's elements, for each sample
 * @param labels the class of each sample
 */
public record Features(float[][] rows, int[] labels) {
    /** In the order that the options give the samples in. */
    public static Features of(Model model, String path, Dataset data, Loader.Options options) {
        var rows = new float[data.size()][];
        var labels = new int[data.size()];
        var seen = new float[1][];
        var at = 0;
        try (var loader = data.loader(options); var _ = model.onActivation(path, (_, y) -> {
            seen[0] = y.toArray();
            return y;
        })) {
            for (var batch : loader.epoch(0)) {
                try (var step = model.session().step(Mode.EVAL)) {
                    model.forward(step.input(batch));
                }
                var length = seen[0].length / batch.size();
                for (var i = 0; i < batch.valid(); i++) {
                    rows[at] = Arrays.copyOfRange(seen[0], i * length, (i + 1) * length);
                    labels[at++] = batch.label(i);
                }
            }
        }
        return new Features(rows, labels);
    }
}
