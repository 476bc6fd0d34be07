package fovea.optim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.support.JsonReader;
import fovea.support.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The courses that PyTorch's optimizers took over 1,001 steps on a small network, within the tolerance of PyTorch's own test. */
class PyTorchTrajectoriesTest {
    private static final Shape[] SHAPES = {Shape.of(3, 2), Shape.of(3), Shape.of(1, 3), Shape.of(1)};

    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> areFollowed() throws IOException {
        var file = JsonReader.object(Files.readString(SharedData.path("pytorch-optim-trajectories/optim_baseline.json")));
        var cases = (List<Map<String, Object>>) file.get("cases");
        // There is no L-BFGS: it needs the loss again and again within one step, which mini-batches do not give.
        return cases.stream().filter(c -> !c.get("optimizer").equals("LBFGS"))
                .map(c -> DynamicTest.dynamicTest((String) c.get("name"), () -> follow(file, c)));
    }

    @SuppressWarnings("unchecked")
    private static void follow(Map<String, Object> file, Map<String, Object> c) {
        var tolerance = (Map<String, Double>) file.get("tolerance");
        var start = List.copyOf(((Map<String, List<Double>>) file.get("initial_parameters")).values());
        var x = doubles(((Map<String, List<Double>>) file.get("input")).get("data"));
        var sampled = doubles((List<Double>) file.get("sampled_after_iterations"));
        var expected = (List<List<List<Double>>>) c.get("expected");
        try (var session = Session.open()) {
            var parameters = new ArrayList<Parameter>();
            for (var i = 0; i < SHAPES.length; i++) {
                var p = session.parameter("p" + i, SHAPES[i]);
                p.copyFrom(floats(doubles(start.get(i))));
                parameters.add(p);
            }
            var optimizer = optimizer((String) c.get("optimizer"), (Map<String, Object>) c.get("options"), parameters);
            var sample = 0;
            for (var t = 1; sample < sampled.length; t++) {
                var gradients = gradients(parameters.stream().map(p -> doubles(p.toArray())).toArray(double[][]::new), x);
                for (var i = 0; i < SHAPES.length; i++) {
                    OptimizerContract.give(parameters.get(i), floats(gradients[i]));
                }
                optimizer.step();
                if (t == sampled[sample]) {
                    compare(t, parameters, expected.get(sample++), tolerance.get("rtol"), tolerance.get("atol"));
                }
            }
            assertTrue(sample > 5);
        }
    }

    private static void compare(int t, List<Parameter> parameters, List<List<Double>> expected, double relative, double absolute) {
        for (var i = 0; i < parameters.size(); i++) {
            var w = parameters.get(i).toArray();
            for (var k = 0; k < w.length; k++) {
                var e = expected.get(i).get(k);
                if (!(Math.abs(w[k] - e) <= absolute + relative * Math.abs(e))) {
                    fail("after %d steps %s[%d] is %s, PyTorch has %s".formatted(t, parameters.get(i).name(), k, w[k], e));
                }
            }
        }
    }

    private static Optimizer optimizer(String name, Map<String, Object> o, List<Parameter> parameters) {
        var rate = (double) o.get("lr");
        var decay = (double) o.getOrDefault("weight_decay", name.equals("AdamW") ? 1e-2 : 0.0);
        var momentum = (double) o.getOrDefault("momentum", 0.0);
        var amsgrad = (boolean) o.getOrDefault("amsgrad", false);
        return switch (name) {
            case "SGD" -> new Sgd(parameters, new Sgd.Options(rate, momentum, decay));
            case "Adam" -> new Adam(parameters, new Adam.Options(rate).decay(decay).amsgrad(amsgrad));
            case "AdamW" -> new AdamW(parameters, new AdamW.Options(rate).decay(decay).amsgrad(amsgrad));
            case "Adagrad" -> new Adagrad(parameters, new Adagrad.Options(rate).decay(decay));
            case "RMSprop" -> new RmsProp(parameters,
                    new RmsProp.Options(rate).decay(decay).momentum(momentum).centered((boolean) o.getOrDefault("centered", false)));
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Of the sum of sigmoid(W2 sigmoid(W1 x + b1) + b2) over three inputs. */
    private static double[][] gradients(double[][] p, double[] x) {
        var g = new double[][] {new double[6], new double[3], new double[3], new double[1]};
        for (var n = 0; n < 3; n++) {
            var hidden = new double[3];
            var z = p[3][0];
            for (var h = 0; h < 3; h++) {
                hidden[h] = sigmoid(p[0][2 * h] * x[2 * n] + p[0][2 * h + 1] * x[2 * n + 1] + p[1][h]);
                z += p[2][h] * hidden[h];
            }
            var y = sigmoid(z);
            var dz = y * (1 - y);
            g[3][0] += dz;
            for (var h = 0; h < 3; h++) {
                g[2][h] += dz * hidden[h];
                var dh = dz * p[2][h] * hidden[h] * (1 - hidden[h]);
                g[1][h] += dh;
                g[0][2 * h] += dh * x[2 * n];
                g[0][2 * h + 1] += dh * x[2 * n + 1];
            }
        }
        return g;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double[] doubles(List<Double> list) {
        return list.stream().mapToDouble(d -> d).toArray();
    }

    private static double[] doubles(float[] x) {
        var y = new double[x.length];
        for (var i = 0; i < x.length; i++) {
            y[i] = x[i];
        }
        return y;
    }

    private static float[] floats(double[] x) {
        var y = new float[x.length];
        for (var i = 0; i < x.length; i++) {
            y[i] = (float) x[i];
        }
        return y;
    }
}
