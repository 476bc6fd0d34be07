package fovea.zoo;

import fovea.Tensor;
import fovea.nn.Model;
import java.nio.charset.StandardCharsets;

/** Numbers that {@code pytorch/record.py} makes as well: from a hash of a name and an index, 24 bits in [-1, 1). */
final class Hashed {
    private Hashed() {
    }

    private static long seed(String name) {
        var h = 0xcbf29ce484222325L;
        for (var b : name.getBytes(StandardCharsets.UTF_8)) {
            h = (h ^ b & 0xff) * 0x100000001b3L;
        }
        return h;
    }

    private static double number(long seed, int i) {
        var z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (z >>> 40) * 0x1p-23 - 1;
    }

    /** {@code shift + scale * number}, rounded to float once. */
    static float[] numbers(String name, int count, double shift, double scale) {
        var seed = seed(name);
        var x = new float[count];
        for (var i = 0; i < count; i++) {
            x[i] = (float) (shift + scale * number(seed, i));
        }
        return x;
    }

    /** The sum of these elements, each times its number. */
    static double product(String name, float[] elements) {
        return products(name, elements, 1)[0];
    }

    /** The same of consecutive pieces of one length, as many as this at most. */
    static double[] products(String name, float[] elements, int pieces) {
        var seed = seed(name);
        var length = Math.ceilDiv(elements.length, pieces);
        var sums = new double[Math.ceilDiv(elements.length, length)];
        for (var i = 0; i < elements.length; i++) {
            sums[i / length] += elements[i] * number(seed, i);
        }
        return sums;
    }

    /** Sets all parameters and running statistics, such that signals keep their size through the layers. */
    static void fill(Model model) {
        model.state().forEach((name, tensor) -> tensor.copyFrom(filled(name, tensor)));
    }

    private static float[] filled(String name, Tensor tensor) {
        var shape = tensor.shape();
        var n = (int) shape.elements();
        if (name.endsWith("running_var")) {
            return numbers(name, n, 1, 0.3);
        } else if (name.endsWith("running_mean") || name.endsWith("bias")) {
            return numbers(name, n, 0, 0.1);
        } else if (shape.rank() == 1) {
            return numbers(name, n, 1, 0.2);
        } else if (name.endsWith("layer_scale")) {
            return numbers(name, n, 0.3, 0.1);
        }
        return numbers(name, n, 0, Math.sqrt(6.0 / (n / shape.dim(0))));
    }
}
