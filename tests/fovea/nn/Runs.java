package fovea.nn;

import fovea.Gradients;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/** What one pass through a layer gives, by name: {@code y}, {@code dx}, and every parameter's gradient and buffer. */
final class Runs {
    private Runs() {
    }

    /** A TRAIN step with random samples and a random gradient of the result. */
    static SequencedMap<String, float[]> train(Session session, Model model, int batch, long seed) {
        var shape = Shape.of(batch).concat(model.inputShape());
        var results = new LinkedHashMap<String, float[]>();
        try (var step = session.step(Mode.TRAIN)) {
            var x = step.of(shape, gaussian(seed, shape)).track();
            var y = model.forward(x);
            results.put("y", y.toArray());
            step.backward(y, Gradients.REPLACE, gaussian(seed + 1, y.shape()));
            results.put("dx", x.grad());
        }
        model.parameters().forEach(p -> results.put("d " + p.name(), p.grad()));
        model.buffers().forEach((name, buffer) -> results.put(name, buffer.toArray()));
        return results;
    }

    static float[] eval(Session session, Model model, int batch, long seed) {
        var shape = Shape.of(batch).concat(model.inputShape());
        try (var step = session.step(Mode.EVAL)) {
            return model.forward(step.of(shape, gaussian(seed, shape))).toArray();
        }
    }

    static float[] gaussian(long seed, Shape shape) {
        var random = new SplittableRandom(seed);
        var x = new float[(int) shape.elements()];
        for (var i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
