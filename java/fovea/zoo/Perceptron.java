package fovea.zoo;

import static fovea.data.Augment.resize;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.lambda;
import static fovea.nn.Layers.named;
import static fovea.nn.Layers.sequential;
import static fovea.nn.Layers.tanh;

import fovea.Losses;
import fovea.Mode;
import fovea.Shape;
import fovea.Tensor;
import fovea.data.Normalise;
import fovea.nn.Block;
import fovea.nn.Init;
import fovea.nn.Layer;
import fovea.nn.Scope;
import fovea.nn.Sequential;
import fovea.op.Linear;
import fovea.op.OneHot;
import fovea.op.Reduction;
import fovea.optim.PerceptronRule;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The perceptron (Rosenblatt: The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain, 1958), and the
 * network with a hidden layer that came when its limits were known (Minsky, Papert 1969; Rumelhart, Hinton, Williams 1986).
 *
 * <p>{@code perceptron} is the unit of every textbook: a retina of 20 x 20 cells that see light or none, and a threshold unit for each class
 * on their weighted sum. {@code perceptron-mark1} is the machine of 1960: 400 cells, 512 association units each wired to some cells
 * at random, exciting or inhibiting and never changed, and 8 response units, whose weights were potentiometers turned by motors. Both
 * learn with {@link PerceptronRule}, pattern by pattern, from weights of 0. {@code mlp} has 30 hidden units with tanh and learns by gradient
 * descent.
 *
 * <p>A perceptron on the retina cannot compute XOR, nor tell a horizontal bar from a vertical one wherever they are: moved over all
 * places, both give every cell the same light, so no weights give one a larger sum than the other everywhere. The hidden layer can learn
 * both, and must see every place to do so; a convolution learns it once.
 *
 * <p>Faithful: sizes, binary cells, thresholds, the rule. Modern: response units answer 1 or 0 while they learn, and in EVAL steps give
 * their sums, so that of several that answer the one with the largest can be taken. How many cells an association unit reads and its
 * threshold were settings of the machine; here they are 20 and 0.
 */
final class Perceptron {
    static final Shape RETINA = Shape.of(1, 20, 20);
    private static final int ASSOCIATIONS = 512;
    private static final int READS = 20;

    private Perceptron() {
    }

    static List<Zoo.Entry> entries() {
        var rule = prepared(new Recipe(5, 1, 1, (model, rate) -> new PerceptronRule(model.parameters(), rate), _ -> Schedule.constant()))
                .loss(_ -> Perceptron::mistakes);
        var descent = prepared(new Recipe(10, 16, 0.02, (model, rate) -> new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 0)),
                Schedule::oneCycle));
        return List.of(
                new Zoo.Entry("perceptron", "threshold units on a retina, with the perceptron rule", RETINA, 10, Perceptron::simple, rule,
                        rule),
                new Zoo.Entry("perceptron-mark1", "Rosenblatt's machine: 400 cells, 512 fixed association units, 8 response units", RETINA,
                        8, Perceptron::mark1, rule, rule),
                new Zoo.Entry("mlp", "a multi-layer perceptron with 30 hidden units on the same retina", RETINA, 10,
                        classes -> multiLayer(30, classes), descent, descent));
    }

    /** Pictures of 20 x 20, as they are; the retina itself tells light from dark. */
    private static Recipe prepared(Recipe recipe) {
        return recipe.augment(resize(20)).evaluate(resize(20)).normalise(new Normalise(new float[] {0.5f}, new float[] {0.5f}));
    }

    /** Half the square of answer minus target, whose derivative is the difference. In EVAL steps of the sums' signs. */
    private static Tensor mistakes(Tensor answers, Tensor ids) {
        var target = answers.step().apply(new OneHot(answers.shape().dim(1)), ids);
        return Losses.squaredError(answers.step().mode() == Mode.TRAIN ? answers : fires(answers), target, Reduction.SUM).div(
                2 * answers.shape().dim(0));
    }

    static Sequential simple(int classes) {
        return sequential(named("retina", retina()), named("flatten", flatten()),
                named("response", dense(classes).init(Init.constant(0)).biasInit(Init.constant(0))), named("threshold", threshold()));
    }

    static Sequential mark1(int classes) {
        return sequential(named("retina", retina()), named("flatten", flatten()),
                named("association", new Association(ASSOCIATIONS, READS)),  // [400] -> [512]
                named("response", dense(classes).init(Init.constant(0)).biasInit(Init.constant(0))), named("threshold", threshold()));
    }

    static Sequential multiLayer(int hidden, int classes) {
        return sequential(named("retina", retina()), named("flatten", flatten()), named("hidden", dense(hidden).init(Init.xavierUniform())),
                named("tanh", tanh()), named("out", dense(classes).init(Init.xavierUniform())));
    }

    /** 1 where there is more light than dark. */
    private static Layer retina() {
        return lambda("retina", Perceptron::fires);
    }

    /** Answers in TRAIN steps, 1 for a sum above 0 and else 0, whose gradients go to the sums as they are; in EVAL steps the sums. */
    static Layer threshold() {
        return lambda("threshold",
                sums -> sums.step().mode() == Mode.TRAIN ? fires(sums).detach().add(sums.sub(sums.detach())) : sums);
    }

    private static Tensor fires(Tensor sums) {
        return sums.sign().atLeast(0);
    }

    /**
     * Units that never learn: each reads so many inputs drawn at random, half of them against the others, and fires where their sum is above
     * 0.
     */
    private record Association(int units, int reads) implements Layer {
        @Override
        public Shape outputShape(Shape in) {
            if (in.rank() != 1 || in.dim(0) < reads) {
                throw new IllegalArgumentException("association units read %d of the inputs, got %s; give them a flat retina of at least as"
                        .formatted(reads, in) + " many cells");
            }
            return Shape.of(units);
        }

        @Override
        public Block build(Scope scope, Shape in) {
            var wires = scope.buffer("wires", Shape.of(units, in.dim(0)), Init.of(wires((int) in.dim(0))));
            return x -> fires(x.step().apply(Linear.LINEAR, x, wires));
        }

        /** Always the same. */
        private float[] wires(int inputs) {
            var random = new SplittableRandom(1958);
            var wires = new float[units * inputs];
            for (var unit = 0; unit < units; unit++) {
                for (var wired = 0; wired < reads;) {
                    var at = unit * inputs + random.nextInt(inputs);
                    if (wires[at] == 0) {
                        wires[at] = wired++ % 2 == 0 ? 1 : -1;
                    }
                }
            }
            return wires;
        }

        @Override
        public boolean holdsNothing() {
            return true;
        }

        @Override
        public String label() {
            return units + " association units, each wired to " + reads;
        }
    }
}
