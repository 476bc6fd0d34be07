package peers;

import static fovea.nn.Layers.*;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.nn.Layer;
import fovea.optim.Sgd;
import java.util.Arrays;
import peers.Part.*;

final class FoveaContender implements Contender {
    @Override
    public String version() {
        return "Fovea";
    }

    @Override
    public Run open(Workload w) {
        var session = Session.open(Session.options().threads(w.threads()).seed(1));
        var network = w.network();
        var model = layer(network.root(), w.comparable()).build(session, Shape.of(network.channels(), network.size(), network.size()), 42);
        if (w.comparable()) {
            var parameters = model.parameters().iterator();
            var index = 0;
            for (var part : network.root().weighted()) {
                var first = parameters.next();
                if (part instanceof Norm) {
                    parameters.next();
                } else {
                    first.copyFrom(Network.weights(part, index));
                    if (part instanceof Dense || ((Conv) part).bias()) {
                        var bias = parameters.next();
                        bias.copyFrom(new float[(int) bias.shape().elements()]);
                    }
                }
                index++;
            }
        }
        var shape = Shape.of(Arrays.stream(w.shape()).asLongStream().toArray());
        var pixels = w.pixels();
        if (!w.train()) {
            return () -> {
                try (var step = session.step(Mode.EVAL)) {
                    return model.forward(step.of(shape, pixels)).toArray()[0];
                }
            };
        }
        var labels = w.labels();
        var sgd = new Sgd(model.parameters(), new Sgd.Options(Workload.RATE, Workload.MOMENTUM, 0));
        return () -> {
            try (var step = session.step(Mode.TRAIN)) {
                var loss = model.forward(step.of(shape, pixels)).crossEntropy(step.ofInts(Shape.of(w.batch()), labels));
                sgd.backward(step, loss);
                return loss.item();
            }
        };
    }

    private static Layer layer(Part part, boolean comparable) {
        return switch (part) {
            case Chain c -> sequential(c.parts().stream().map(p -> layer(p, comparable)).toList());
            case Conv c -> conv2d(c.filters(), c.kernel()).stride(c.stride()).padding(c.padding()).bias(c.bias());
            case Norm n -> batchNorm().epsilon((float) n.epsilon());
            case MaxPool p -> {
                var pool = maxPool2d(p.kernel()).stride(p.stride()).padding(p.padding());
                yield p.ceil() ? pool.ceil() : pool;
            }
            case AveragePool p -> avgPool2d(p.kernel());
            case Dense d -> dense(d.outputs());
            case Dropout d -> comparable ? identity() : dropout((float) d.p());
            case Residual r -> residual(layer(r.body(), comparable), layer(r.shortcut(), comparable)).activation(relu());
            case Branches b -> parallel(b.branches().stream().map(p -> layer(p, comparable)).toArray(Layer[]::new));
            case Simple s -> switch (s) {
                case RELU -> relu();
                case TANH -> tanh();
                case GLOBAL_AVERAGE -> globalAvgPool();
                case FLATTEN -> flatten();
                case IDENTITY -> identity();
            };
        };
    }
}
