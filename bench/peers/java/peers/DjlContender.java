package peers;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import ai.djl.util.PairList;
import java.nio.FloatBuffer;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import peers.Part.*;

/** DJL with its PyTorch engine as its documentation has it: blocks, Trainer, GradientCollector, Predictor; arrays are freed early. */
final class DjlContender implements Contender {
    @Override
    public String version() {
        return "DJL " + Engine.getDjlVersion() + " with PyTorch " + Engine.getInstance().getVersion();
    }

    @Override
    public Run open(Workload w) {
        var shape = new Shape(java.util.Arrays.stream(w.shape()).asLongStream().toArray());
        var model = Model.newInstance(w.network().name(), Device.cpu());
        var tree = new Tree(w);
        model.setBlock(tree);
        return w.train() ? trainer(w, model, tree, shape) : predictor(w, model, tree, shape);
    }

    private static Run trainer(Workload w, Model model, Tree tree, Shape shape) {
        var sgd = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(Workload.RATE)).optMomentum(Workload.MOMENTUM).build();
        var trainer = model.newTrainer(
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(sgd).optDevices(new Device[] {Device.cpu()}));
        trainer.initialize(shape);
        tree.start();
        var x = trainer.getManager().create(w.pixels(), shape);
        var labels = new float[w.batch()];
        for (var i = 0; i < labels.length; i++) {
            labels[i] = w.labels()[i];
        }
        var y = trainer.getManager().create(labels);
        return () -> {
            try (var scope = trainer.getManager().newSubManager()) {
                x.tempAttach(scope);
                y.tempAttach(scope);
                float loss;
                try (var collector = trainer.newGradientCollector()) {
                    var l = trainer.getLoss().evaluate(new NDList(y), trainer.forward(new NDList(x), new NDList(y)));
                    collector.backward(l);
                    loss = l.getFloat();
                }
                trainer.step();
                return loss;
            }
        };
    }

    private static Run predictor(Workload w, Model model, Tree tree, Shape shape) {
        tree.initialize(model.getNDManager(), DataType.FLOAT32, shape);
        tree.start();
        var pixels = w.pixels();
        var predictor = model.newPredictor(new ai.djl.translate.NoopTranslator(null));
        return () -> {
            try (var scope = model.getNDManager().newSubManager()) {
                return predictor.predict(new NDList(scope.create(pixels, shape))).singletonOrThrow().toFloatArray()[0];
            } catch (TranslateException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    private static final class Tree extends AbstractBlock {
        private final Workload workload;
        private final Map<Part, Block> layers = new IdentityHashMap<>();

        Tree(Workload w) {
            workload = w;
            var parts = w.network().root().weighted();
            for (var i = 0; i < parts.size(); i++) {
                layers.put(parts.get(i), addChildBlock("part" + i, made(parts.get(i))));
            }
        }

        private static Block made(Part part) {
            return switch (part) {
                case Conv c -> Conv2d.builder().setFilters(c.filters()).setKernelShape(new Shape(c.kernel(), c.kernel()))
                        .optStride(new Shape(c.stride(), c.stride())).optPadding(new Shape(c.padding(), c.padding())).optBias(c.bias())
                        .build();
                case Dense d -> Linear.builder().setUnits(d.outputs()).build();
                case Norm n -> BatchNorm.builder().optEpsilon((float) n.epsilon()).optMomentum(0.9f).build();
                default -> throw new IllegalStateException(part.toString());
            };
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... in) {
            // Parameters depend on channels alone.
            layers.forEach((part, block) -> block.initialize(manager, type, switch (part) {
                case Conv c -> new Shape(workload.batch(), c.channels(), workload.network().size(), workload.network().size());
                case Dense d -> new Shape(workload.batch(), d.inputs());
                case Norm n -> new Shape(workload.batch(), n.channels(), 8, 8);
                default -> throw new IllegalStateException(part.toString());
            }));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] in) {
            return new Shape[] {new Shape(in[0].get(0), workload.network().classes())};
        }

        void start() {
            var parts = workload.network().root().weighted();
            for (var i = 0; workload.comparable() && i < parts.size(); i++) {
                if (!(parts.get(i) instanceof Norm)) {
                    layers.get(parts.get(i)).getParameters().get("weight").getArray()
                            .set(FloatBuffer.wrap(Network.weights(parts.get(i), i)));
                }
            }
        }

        @Override
        protected NDList forwardInternal(ParameterStore store, NDList in, boolean training, PairList<String, Object> more) {
            return new NDList(forward(workload.network().root(), in.singletonOrThrow(), store, training));
        }

        private NDArray forward(Part part, NDArray x, ParameterStore store, boolean training) {
            return switch (part) {
                case Chain c -> {
                    var a = x;
                    for (var p : c.parts()) {
                        var b = forward(p, a, store, training);
                        if (a != x && b != a) {
                            a.close();
                        }
                        a = b;
                    }
                    yield a;
                }
                case Conv _,Norm _,Dense _ -> layers.get(part).forward(store, new NDList(x), training).singletonOrThrow();
                case MaxPool p -> Pool.maxPool2d(x, square(p.kernel()), square(p.stride()), square(p.padding()), p.ceil());
                case AveragePool p -> Pool.avgPool2d(x, square(p.kernel()), square(p.kernel()), square(0), false, true);
                case Dropout d -> workload.comparable() ? x : ai.djl.nn.norm.Dropout.dropout(x, (float) d.p(), training)
                        .singletonOrThrow();
                case Residual r -> {
                    var a = forward(r.body(), x, store, training);
                    var b = forward(r.shortcut(), x, store, training);
                    var sum = a.add(b);
                    a.close();
                    if (b != x) {
                        b.close();
                    }
                    var y = Activation.relu(sum);
                    sum.close();
                    yield y;
                }
                case Branches b -> {
                    var all = new NDList(b.branches().stream().map(p -> forward(p, x, store, training)).toArray(NDArray[]::new));
                    var joined = NDArrays.concat(all, 1);
                    all.forEach(NDArray::close);
                    yield joined;
                }
                case Simple s -> switch (s) {
                    case RELU -> Activation.relu(x);
                    case TANH -> Activation.tanh(x);
                    case GLOBAL_AVERAGE -> Pool.globalAvgPool2d(x);
                    case FLATTEN -> x.reshape(new Shape(LongStream.of(x.getShape().get(0), -1).toArray()));
                    case IDENTITY -> x;
                };
            };
        }

        private static Shape square(long n) {
            return new Shape(n, n);
        }
    }
}
