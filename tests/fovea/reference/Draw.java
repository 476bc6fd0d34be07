package fovea.reference;

import fovea.ElementType;
import fovea.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/** Draws one {@link Configuration}: the same for the same seed, everywhere. */
final class Draw {
    private final SplittableRandom random;
    private final List<Configuration.Input> inputs = new ArrayList<>();
    private double factor = 1;
    private double steepness = 1;

    Draw(long seed) {
        random = new SplittableRandom(seed);
    }

    /** An integer, both ends included. */
    int from(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    boolean chance() {
        return random.nextBoolean();
    }

    @SafeVarargs
    final <T> T of(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    int[] each(int n, int low, int high) {
        var numbers = new int[n];
        Arrays.setAll(numbers, _ -> from(low, high));
        return numbers;
    }

    /** A number with few digits, the same in Java and in TorchScript. */
    float real(double low, double high) {
        return (float) (Math.round(random.nextDouble(low, high) * 64) / 64.0);
    }

    // ---- inputs, in their order -----------------------------------------------------------------------------------------------

    private Draw add(ElementType type, boolean gradient, Shape shape, java.util.function.DoubleSupplier source) {
        var elements = new float[(int) shape.elements()];
        for (var i = 0; i < elements.length; i++) {
            elements[i] = (float) source.getAsDouble();
        }
        inputs.add(new Configuration.Input(shape, type, gradient, elements));
        return this;
    }

    Draw normal(long... dims) {
        return add(ElementType.F32, true, Shape.of(dims), random::nextGaussian);
    }

    Draw between(double low, double high, long... dims) {
        return add(ElementType.F32, true, Shape.of(dims), () -> random.nextDouble(low, high));
    }

    /** Without a gradient: targets, statistics. */
    Draw fixed(double low, double high, long... dims) {
        return add(ElementType.F32, false, Shape.of(dims), () -> random.nextDouble(low, high));
    }

    /** 0 or 1, or whatever the two numbers are. */
    Draw either(double one, double other, long... dims) {
        return add(ElementType.F32, false, Shape.of(dims), () -> random.nextBoolean() ? one : other);
    }

    Draw ids(int below, long... dims) {
        return add(ElementType.I32, false, Shape.of(dims), () -> random.nextInt(below));
    }

    /** Of the last input, the shape. */
    Shape shape() {
        return inputs.getLast().shape();
    }

    /** See {@link Configuration#factor}. */
    Draw factor(double times) {
        factor = times;
        steepness = times;
        return this;
    }

    /**
     * The first input is divided by the deviations of its groups. Where the least of them is s, an error e of n elements' distances from
     * their mean becomes at most (1 + sqrt(n)) e / s: e / s of its own and, as no distance is larger than sqrt(n) s, sqrt(n) e / s from
     * the error of s. Gradients are divided by s once more. The sqrt(n) is that of the terms.
     */
    Draw normalised(int groups, IntUnaryOperator group) {
        var x = inputs.getFirst().elements();
        var sums = new double[groups];
        var squares = new double[groups];
        var n = x.length / groups;
        for (var i = 0; i < x.length; i++) {
            sums[group.applyAsInt(i)] += x[i] / (double) n;
        }
        for (var i = 0; i < x.length; i++) {
            squares[group.applyAsInt(i)] += Math.pow(x[i] - sums[group.applyAsInt(i)], 2) / n;
        }
        var least = Math.sqrt(Arrays.stream(squares).min().orElseThrow() + 1e-5);
        factor *= Math.max(1, 1 / least);
        steepness *= Math.max(1, 1 / (least * least));
        return this;
    }

    Configuration done(String family, double terms, Configuration.Forward ours, String torch, Object... arguments) {
        var script = torch.formatted(Arrays.stream(arguments).map(Draw::text).toArray());
        var name = family + " " + inputs.stream().map(i -> i.shape().toString()).collect(Collectors.joining(" ")) + " " + script;
        return new Configuration(name, List.copyOf(inputs), ours, script, terms, factor, steepness);
    }

    private static Object text(Object argument) {
        return switch (argument) {
            case int[] numbers -> Arrays.toString(numbers);
            case long[] numbers -> Arrays.toString(numbers);
            case Boolean truth -> truth ? "True" : "False";
            case Float number -> String.format(Locale.ROOT, "%.8f", number);
            default -> argument.toString();
        };
    }

    static long[] shape(long first, long second, int[] rest) {
        var dims = new long[2 + rest.length];
        dims[0] = first;
        dims[1] = second;
        for (var i = 0; i < rest.length; i++) {
            dims[2 + i] = rest[i];
        }
        return dims;
    }

    static double volume(int[] extents) {
        return Arrays.stream(extents).asDoubleStream().reduce(1, (a, b) -> a * b);
    }
}
