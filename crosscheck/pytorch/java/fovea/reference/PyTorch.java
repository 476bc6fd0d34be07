package fovea.reference;

import fovea.ElementType;
import fovea.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Computes configurations with PyTorch in double precision, forward and backward.
 *
 * <pre>{@code
 * PyTorch compare 10 1        // Fovea and PyTorch agree on 10 configurations of every op and loss, drawn with seed 1
 * PyTorch compare 10000 7 conv  // of these only
 * PyTorch record 4 1 FILE     // PyTorch's results, for the default tests to replay
 * }</pre>
 */
final class PyTorch {
    private PyTorch() {
    }

    public static void main(String[] args) throws IOException {
        var ofEach = Integer.parseInt(args[1]);
        var seed = Long.parseLong(args[2]);
        if (args[0].equals("record")) {
            var configurations = Configurations.draw(ofEach, seed);
            Recorded.write(Path.of(args[3]), configurations, configurations.stream().map(PyTorch::run).toList());
            System.out.println(configurations.size() + " configurations recorded in " + args[3]);
            return;
        }
        var names = args.length > 3 ? List.of(args).subList(3, args.length) : List.copyOf(Configurations.names());
        var failures = new ArrayList<String>();
        for (var name : names) {
            var before = failures.size();
            var begin = System.nanoTime();
            try (var session = Session.open()) {
                Configurations.draw(name, ofEach, seed).forEach(configuration -> {
                    try {
                        configuration.check(configuration.run(session), run(configuration));
                    } catch (RuntimeException | AssertionError e) {
                        failures.add(e instanceof AssertionError ? e.getMessage() : configuration + ": " + e);
                        System.out.println("FAILED " + failures.getLast());
                    }
                });
            }
            System.out.printf("%-28s %,8d configurations, %d failures, %,d s%n", name, ofEach, failures.size() - before,
                    (System.nanoTime() - begin) / 1_000_000_000);
        }
        System.out.println(ofEach * names.size() + " configurations, " + failures.size() + " failures");
        System.exit(failures.isEmpty() ? 0 : 1);
    }

    private static Configuration.Result run(Configuration configuration) {
        try (var _ = new PointerScope()) {
            var names = new ArrayList<String>();
            var arguments = new IValueVector();
            var inputs = new ArrayList<Tensor>();
            for (var input : configuration.inputs()) {
                var tensor = tensor(input);
                names.add(String.valueOf((char) ('a' + names.size())));
                inputs.add(tensor);
                arguments.push_back(new IValue(tensor));
            }
            var script = "def f(%s):\n    return %s\n".formatted(String.join(", ", names), configuration.torch());
            var y = torch.compile(script).get_function(new QualifiedName("f")).apply(arguments).toTensor().to(ScalarType.Double);
            var gradients = new ArrayList<double[]>();
            var values = array(y);
            if (configuration.inputs().stream().anyMatch(Configuration.Input::gradient)) {
                var seed = tensor(Configuration.seed(values.length), y.sizes().vec().get());
                y.mul(seed).sum().backward();
                for (var i = 0; i < inputs.size(); i++) {
                    if (configuration.inputs().get(i).gradient()) {
                        // Of what does not depend on an input, PyTorch leaves no gradient.
                        gradients.add(inputs.get(i).grad().defined() ? array(inputs.get(i).grad())
                                : new double[configuration.inputs().get(i).elements().length]);
                    }
                }
            }
            return new Configuration.Result(values, List.copyOf(gradients));
        }
    }

    private static Tensor tensor(Configuration.Input input) {
        if (input.type() == ElementType.I32) {
            var ids = new long[input.elements().length];
            for (var i = 0; i < ids.length; i++) {
                ids[i] = (long) input.elements()[i];
            }
            return torch.from_blob(new LongPointer(ids), input.shape().toArray(), new org.bytedeco.pytorch.TensorOptions(ScalarType.Long))
                    .clone();
        }
        var tensor = tensor(input.elements(), input.shape().toArray());
        return input.gradient() ? tensor.set_requires_grad(true) : tensor;
    }

    private static Tensor tensor(float[] elements, long[] dims) {
        var doubles = new double[elements.length];
        for (var i = 0; i < doubles.length; i++) {
            doubles[i] = elements[i];
        }
        return torch.from_blob(new DoublePointer(doubles), dims, new org.bytedeco.pytorch.TensorOptions(ScalarType.Double)).clone();
    }

    private static double[] array(Tensor tensor) {
        var plain = tensor.detach().to(ScalarType.Double).contiguous();
        var elements = new double[(int) plain.numel()];
        plain.data_ptr_double().get(elements);
        return elements;
    }
}
