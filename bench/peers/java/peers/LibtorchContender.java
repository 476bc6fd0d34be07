package peers;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import peers.Part.*;

/** PyTorch's C++ library through JavaCPP: its own modules, autograd and optimizer; handles are released after their last use, as C++ would. */
final class LibtorchContender implements Contender {
    @Override
    public String version() {
        // Its version is nowhere but in the name of its jar.
        var jar = Tensor.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return "libtorch " + jar.replaceAll(".*pytorch-|\\.jar", "");
    }

    @Override
    public Run open(Workload w) {
        torch.set_num_threads(w.threads());
        var modules = new Modules(w);
        if (!w.train()) {
            return () -> {
                try (var _ = new PointerScope(); var _ = new InferenceMode(true)) {
                    var y = modules.forward(modules.input()).contiguous();
                    var logits = new float[w.batch() * w.network().classes()];
                    new FloatPointer(y.data_ptr()).get(logits);
                    return logits[0];
                }
            };
        }
        var x = modules.input();
        var labels = torch.tensor(java.util.Arrays.stream(w.labels()).asLongStream().toArray());
        var options = new SGDOptions(Workload.RATE);
        options.momentum().put(Workload.MOMENTUM);
        var sgd = new SGD(modules.root.parameters(), options);
        return () -> {
            try (var _ = new PointerScope()) {
                var loss = torch.cross_entropy_loss(modules.forward(x), labels);
                sgd.zero_grad();
                loss.backward();
                sgd.step();
                return loss.item_float();
            }
        };
    }

    private static final class Modules {
        private final Workload workload;
        private final float[] pixels;
        final Module root = new Module("net");
        private final Map<Part, Module> layers = new IdentityHashMap<>();
        /** Two extents of 0, 1, 2, 3. Made before any scope, which would free them; a LongArrayRef does not hold what it refers to. */
        private final List<LongPointer> numbers = java.util.stream.LongStream.range(0, 4).mapToObj(n -> new LongPointer(n, n)).toList();
        private final List<LongArrayRef> extents = numbers.stream().map(p -> new LongArrayRef(p, 2)).toList();

        Modules(Workload w) {
            workload = w;
            pixels = w.pixels();
            var index = 0;
            for (var part : w.network().root().weighted()) {
                layers.put(part, made(part, index++));
            }
            root.train(w.train());
        }

        private Module made(Part part, int index) {
            Module made = switch (part) {
                case Conv c -> {
                    var o = new Conv2dOptions(c.channels(), c.filters(), new LongPointer(c.kernel(), c.kernel()));
                    o.stride().put(new long[] {c.stride(), c.stride()}, 0, 2);
                    o.padding().put(new LongPointer(c.padding(), c.padding()));
                    o.bias().put(c.bias());
                    yield new Conv2dImpl(o);
                }
                case Dense d -> new LinearImpl(d.inputs(), d.outputs());
                case Norm n -> {
                    var o = new BatchNormOptions(n.channels());
                    o.eps().put(n.epsilon());
                    yield new BatchNorm2dImpl(o);
                }
                default -> throw new IllegalStateException(part.toString());
            };
            root.register_module("part" + index, made);
            if (!(part instanceof Norm)) {
                var weight = made instanceof Conv2dImpl c ? c.weight() : ((LinearImpl) made).weight();
                var bias = made instanceof Conv2dImpl c ? c.bias() : ((LinearImpl) made).bias();
                try (var _ = new NoGradGuard();
                        var p = new FloatPointer(workload.comparable() ? Network.weights(part, index) : new float[1])) {
                    if (workload.comparable()) {
                        weight.copy_(torch.from_blob(p, weight.numel()).view_as(weight));
                        if (bias.defined()) {
                            bias.zero_();
                        }
                    }
                }
                if (workload.channelsLast() && made instanceof Conv2dImpl) {
                    weight.set_data(weight.contiguous(torch.MemoryFormat.ChannelsLast));
                }
            }
            return made;
        }

        Tensor input() {
            var s = workload.shape();
            try (var p = new FloatPointer(pixels)) {
                var x = torch.from_blob(p, s[0], s[1], s[2], s[3]).clone();
                return workload.channelsLast() ? x.contiguous(torch.MemoryFormat.ChannelsLast) : x;
            }
        }

        Tensor forward(Tensor x) {
            return forward(workload.network().root(), x, false);
        }

        /** @param mayOverwrite whether nobody else reads x, its own gradient included */
        private Tensor forward(Part part, Tensor x, boolean mayOverwrite) {
            return switch (part) {
                case Chain c -> {
                    var a = x;
                    Part last = null;
                    for (var p : c.parts()) {
                        var b = forward(p, a, last instanceof Conv || last instanceof Norm || last instanceof Dense);
                        if (a != x && b != a) {
                            a.close();
                        }
                        a = b;
                        last = p;
                    }
                    yield a;
                }
                case Conv _ -> ((Conv2dImpl) layers.get(part)).forward(x);
                case Norm _ -> ((BatchNorm2dImpl) layers.get(part)).forward(x);
                case Dense _ -> ((LinearImpl) layers.get(part)).forward(x);
                case MaxPool p -> torch.max_pool2d(x, extents.get(p.kernel()), extents.get(p.stride()), extents.get(p.padding()),
                        extents.get(1), p.ceil());
                case AveragePool p ->
                    torch.avg_pool2d(x, extents.get(p.kernel()), extents.get(p.kernel()), extents.get(0), false, true, new LongOptional());
                case Dropout d -> workload.comparable() ? x : torch.dropout(x, d.p(), workload.train());
                case Residual r -> {
                    var a = forward(r.body(), x, false);
                    var b = forward(r.shortcut(), x, false);
                    a.add_(b);
                    torch.relu_(a);
                    if (b != x) {
                        b.close();
                    }
                    yield a;
                }
                case Branches b -> {
                    var all = b.branches().stream().map(p -> forward(p, x, false)).toArray(Tensor[]::new);
                    var joined = torch.cat(new TensorVector(all), 1);
                    for (var each : all) {
                        each.close();
                    }
                    yield joined;
                }
                case Simple s -> switch (s) {
                    case RELU -> {
                        if (!mayOverwrite) {
                            yield torch.relu(x);
                        }
                        torch.relu_(x);
                        yield x;
                    }
                    case TANH -> torch.tanh(x);
                    case GLOBAL_AVERAGE -> torch.adaptive_avg_pool2d(x, extents.get(1));
                    case FLATTEN -> x.flatten(1, -1);
                    case IDENTITY -> x;
                };
            };
        }
    }
}
