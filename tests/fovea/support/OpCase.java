package fovea.support;

import fovea.ElementType;
import fovea.Session;
import fovea.Shape;
import fovea.op.Op;
import fovea.runtime.Plan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * One configuration of an op for {@link OpContract}: attributes, input shapes, a naive double oracle of the forward, and how
 * large an error its arithmetic may make.
 *
 * <pre>{@code
 * OpCase.of("relu 3x5", Relu.RELU).input(3, 5).exact().oracle(in -> new double[][] {map(in[0], x -> Math.max(x, 0))})
 * }</pre>
 */
public final class OpCase {
    /** All outputs of the op from all its inputs, row-major, in double. */
    @FunctionalInterface
    public interface Oracle {
        double[][] forward(double[][] inputs);
    }

    /** Draws the elements of one input; {@code integers} asks for small whole numbers. */
    @FunctionalInterface
    public interface Source {
        double next(SplittableRandom random, boolean integers);
    }

    /** An input: what it holds and whether the op has a gradient towards it. */
    public record Input(Shape shape, ElementType type, boolean gradient, Source source) {
    }

    private static final Source GAUSSIAN = (random, integers) -> integers ? random.nextInt(-4, 5) : random.nextGaussian();

    final String name;
    final Op op;
    final List<Input> inputs = new ArrayList<>();
    Oracle oracle;
    boolean exact;
    boolean sparse;
    boolean relative;
    double terms = 1;
    double ulps = 4;
    double onednnUlps;
    double gradientScale = 1;
    double kinkMargin;
    UnaryOperator<Session.Options> session = UnaryOperator.identity();
    UnaryOperator<Plan> plans = UnaryOperator.identity();
    boolean bestTierOnly;
    boolean threadsMatter;
    boolean everyInputPlaced;
    boolean distinct;
    /** Gradients of up to so many elements are checked one by one, all along a random direction. */
    int mostElements = 64;

    ToDoubleFunction<double[][]> condition = _ -> 1;

    private final Map<Boolean, double[][]> expected = new HashMap<>();
    private final Map<String, Double> differences = new HashMap<>();

    private static final Set<Class<? extends Op>> OPS = ConcurrentHashMap.newKeySet();

    private OpCase(String name, Op op) {
        this.name = name;
        this.op = op;
        OPS.add(op.getClass());
    }

    /** The ops that cases were made of so far. */
    public static Set<Class<? extends Op>> ops() {
        return Set.copyOf(OPS);
    }

    public static OpCase of(String name, Op op) {
        return new OpCase(name, op);
    }

    /** An F32 input of Gaussian numbers (small integers in the exact check) with a gradient. */
    public OpCase input(long... dims) {
        return input(GAUSSIAN, dims);
    }

    /** An F32 input from another source: positive numbers for a logarithm, distinct ones for a maximum. */
    public OpCase input(Source source, long... dims) {
        inputs.add(new Input(Shape.of(dims), ElementType.F32, true, source));
        return this;
    }

    /** An F32 input towards which there is no gradient. */
    public OpCase constant(Source source, long... dims) {
        inputs.add(new Input(Shape.of(dims), ElementType.F32, false, source));
        return this;
    }

    /** Class ids or positions in [0, below). */
    public OpCase ids(int below, long... dims) {
        inputs.add(new Input(Shape.of(dims), ElementType.I32, false, (random, _) -> random.nextInt(below)));
        return this;
    }

    /** Class ids or positions from any source. */
    public OpCase ids(Source source, long... dims) {
        inputs.add(new Input(Shape.of(dims), ElementType.I32, false, source));
        return this;
    }

    public OpCase oracle(Oracle forward) {
        oracle = forward;
        return this;
    }

    /** The op only adds, multiplies and compares: with small integers it must equal the oracle bitwise. */
    public OpCase exact() {
        exact = true;
        return this;
    }

    /** An output element sums this many products: the bound is {@code ulps * eps * terms * largest product}. */
    public OpCase terms(double n) {
        terms = n;
        return this;
    }

    /** The factor of the bound; say in a comment why it is more than 4. */
    public OpCase ulps(double n) {
        ulps = n;
        return this;
    }

    /** The factor where oneDNN computes; say in a comment where it comes from. */
    public OpCase ulpsOfOneDnn(double n) {
        onednnUlps = n;
        return this;
    }

    /** The error is bounded per element by {@code ulps * eps * |y|}: functions of one number. */
    public OpCase relative() {
        relative = true;
        return this;
    }

    /** How much larger than its forward the op's gradient may be: the reciprocal of an epsilon, a temperature. */
    public OpCase gradientScale(double factor) {
        gradientScale = factor;
        return this;
    }

    /**
     * How much the op magnifies the relative error of its inputs, whatever they are: the bound of the result is that many times larger,
     * that of its gradient by the square of it.
     */
    public OpCase conditioned(ToDoubleFunction<double[][]> ofInputs) {
        condition = ofInputs;
        return this;
    }

    /** The op has a kink: inputs nearer than this to {@code 0} are moved away before gradients are checked by differences. */
    public OpCase kinkAtZero() {
        kinkMargin = 1e-2;
        return this;
    }

    /** How sessions are opened, beyond instruction set and threads: a provider, an implementation by name. */
    public OpCase session(UnaryOperator<Session.Options> options) {
        session = options;
        return this;
    }

    /** The plan that runs in place of the op's own: to see that the contract finds what is wrong with it. */
    OpCase plans(UnaryOperator<Plan> replacement) {
        plans = replacement;
        return this;
    }

    /** oneDNN computes: only with the CPU's best instruction set, and with sums that may be cut by the number of threads. */
    public OpCase onednn() {
        session = options -> options.provider("onednn");
        ulps = Math.max(ulps, onednnUlps);
        bestTierOnly = true;
        threadsMatter = true;
        return this;
    }

    /** All F32 inputs of rank 2 and more go into the layout under test, not only those of the first one's shape. */
    public OpCase everyInputPlaced() {
        everyInputPlaced = true;
        return this;
    }

    /**
     * The op has a kink where two elements are equal (a maximum): the real numbers of the first input keep their order, but become
     * evenly spaced, 0.01 apart, so that differences cannot change who is larger.
     */
    public OpCase distinct() {
        distinct = true;
        return this;
    }

    /** Most outputs are zero by design (a mask, a one-hot), so the check against vacuous cases does not apply. */
    public OpCase sparse() {
        sparse = true;
        return this;
    }

    /** The oracle's outputs, computed once for all instruction sets, thread counts and layouts. */
    double[][] expected(boolean integers, Supplier<double[][]> compute) {
        return expected.computeIfAbsent(integers, _ -> compute.get());
    }

    /** The oracle's change along one direction, computed once likewise. */
    double difference(String direction, DoubleSupplier compute) {
        return differences.computeIfAbsent(direction, _ -> compute.getAsDouble());
    }

    @Override
    public String toString() {
        return name;
    }
}