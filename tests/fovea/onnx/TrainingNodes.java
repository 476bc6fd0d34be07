package fovea.onnx;

import fovea.Mode;
import fovea.Parameter;
import fovea.Session;
import fovea.Shape;
import fovea.onnx.OnnxGraph.Operator;
import fovea.optim.Adagrad;
import fovea.optim.Adam;
import fovea.optim.Optimizer;
import fovea.optim.Sgd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Dropout, gradients, and the optimizers of ONNX's domain for training: ours, put where ONNX's inputs say that they stand. */
final class TrainingNodes {
    private TrainingNodes() {
    }

    static void addTo(Map<String, Operator> all) {
        all.put("Dropout", TrainingNodes::dropout);
        all.put("Gradient", TrainingNodes::gradient);
        all.put("Momentum", c -> optimize(c, TrainingNodes::momentum, "momentum"));
        all.put("Adagrad", c -> optimize(c, TrainingNodes::adagrad, "sum"));
        all.put("Adam", c -> optimize(c, TrainingNodes::adam, "mean", "square"));
    }

    /** Which elements are dropped depends on the generator, and ONNX names none: only what does not depend on it is computed. */
    private static List<OnnxValue> dropout(OnnxCall c) {
        var training = c.has(2) && c.value(2).array().elements()[0] != 0;
        var ratio = c.has(1) ? c.number(1) : c.node().real("ratio", 0.5);
        if (training && ratio > 0) {
            throw new UnsupportedOperationException("ONNX: Dropout in training");
        }
        return c.tensors(c.x(0), c.full(c.x(0).shape(), 1));
    }

    private static List<OnnxValue> gradient(OnnxCall c) {
        c.step().backward(c.value(c.node().text("y", "")).tensor(c.step()));
        return c.node().texts("xs").stream().map(name -> {
            var x = c.value((String) name).tensor(c.step());
            return OnnxValue.of(c.step().of(x.shape(), x.grad()));
        }).toList();
    }

    /**
     * Inputs are the rate, the number of updates so far, then all parameters, their gradients, and all arrays of one kind after the
     * other; outputs are the new parameters and arrays.
     */
    private static List<OnnxValue> optimize(OnnxCall c, Function<Optimized, Optimizer> make, String... arrays) {
        var n = (c.inputs() - 2) / (2 + arrays.length);
        var results = new ArrayList<OnnxTensor>();
        try (var session = Session.open()) {
            var parameters = new ArrayList<Parameter>();
            var state = new LinkedHashMap<String, float[]>();
            for (var i = 0; i < n; i++) {
                var x = c.value(2 + i).array();
                var parameter = session.parameter("p" + i, Shape.of(x.dims()));
                parameter.copyFrom(x.floats());
                parameters.add(parameter);
                for (var k = 0; k < arrays.length; k++) {
                    state.put("p" + i + "/" + arrays[k], c.value(2 + (2 + k) * n + i).array().floats());
                }
            }
            var optimized = new Optimized(c.node(), parameters, c.number(0), (long) c.number(1));
            var optimizer = make.apply(optimized);
            var numbers = new LinkedHashMap<String, Double>();
            parameters.forEach(p -> numbers.put(p.name() + "/steps", (double) optimized.steps()));
            optimizer.load(new Optimizer.State(optimizer.getClass().getSimpleName(), state, numbers));
            try (var step = session.step(Mode.TRAIN)) {
                var loss = step.full(Shape.scalar(), 0);
                for (var i = 0; i < n; i++) {
                    var gradient = c.value(2 + n + i).array();
                    loss = loss.add(parameters.get(i).mul(step.of(Shape.of(gradient.dims()), gradient.floats())).sum());
                }
                step.backward(loss);
                optimizer.step();
            }
            parameters.forEach(p -> results.add(array(p.shape(), p.toArray())));
            for (var name : arrays) {
                parameters.forEach(p -> results.add(array(p.shape(), optimizer.state().arrays().get(p.name() + "/" + name))));
            }
        }
        return results.stream().map(OnnxValue::of).toList();
    }

    private static OnnxTensor array(Shape shape, float[] elements) {
        var doubles = new double[elements.length];
        for (var i = 0; i < doubles.length; i++) {
            doubles[i] = elements[i];
        }
        return new OnnxTensor("", OnnxTensor.Type.FLOAT, shape.toArray(), doubles);
    }

    /** What an optimizer is made from. */
    private record Optimized(OnnxNode node, List<Parameter> parameters, double rate, long done) {
        double decay() {
            return node.real("norm_coefficient", 0);
        }

        /** ONNX's Adam does not correct its first update, and after very many updates nor does ours. */
        long steps() {
            return node.type().equals("Adam") && done == 0 ? 1_000_000_000 : done;
        }
    }

    private static Optimizer momentum(Optimized o) {
        return new Sgd(o.parameters, new Sgd.Options(o.rate, o.node.real("alpha", 0), o.decay()).dampening(1 - o.node.real("beta", 1)));
    }

    private static Optimizer adagrad(Optimized o) {
        return new Adagrad(o.parameters, new Adagrad.Options(o.rate, o.node.real("decay_factor", 0), o.decay(), 0,
                o.node.real("epsilon", 1e-6)));
    }

    private static Optimizer adam(Optimized o) {
        return new Adam(o.parameters, new Adam.Options(o.rate, o.node.real("alpha", 0.9), o.node.real("beta", 0.999),
                o.node.real("epsilon", 1e-6), o.decay(), false));
    }
}
