package fovea;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Compares the gradients of a function with differences of its values: how to know that a block, a layer or a loss of one's own is
 * right.
 *
 * <pre>{@code
 * try (var session = Session.open()) {
 *     var model = myLayer.build(session, Shape.of(4, 8, 8), 42);
 *     GradCheck.of(session)
 *             .input(2, 4, 8, 8)                        // random numbers, or elements of one's own
 *             .parameters(model.parameters())
 *             .check(x -> model.forward(x[0]));         // an AssertionError names the input and the element that disagree
 * }
 * }</pre>
 *
 * <p>Every input and every parameter is moved along a random direction, whole and in parts; those of up to 64 elements also element by
 * element. The function's random numbers (dropout) are the same in every evaluation; class ids and masks may be tensors of the session. Parameters
 * are left as they were, without gradients; running statistics change as in training.
 *
 * <p>Values are F32, so differences are good to some digits only. Where the function has a kink (ReLU at 0, a maximum) near the
 * inputs, differences say nothing, and the message tells so: take other inputs or a smaller step.
 */
public final class GradCheck {
    private static final int FEW = 64;
    /** Where there are more elements, each of these parts is moved on its own as well, and the last few, where kernels err first. */
    private static final int PARTS = 8;
    private static final int TAIL = 16;
    private static final double EPS = 0x1p-24;

    /** What is moved: an input of the function, or a parameter. */
    private record Place(String name, Shape shape, float[] elements, Parameter parameter) {
    }

    private final Session session;
    private final List<Place> places = new ArrayList<>();
    private int inputs;
    private double step = 1e-3;
    private double tolerance = 0.02;
    private long seed = 1;
    private Mode mode = Mode.TRAIN;

    private Function<Tensor[], Tensor> function;
    private long draws;
    private float[] weights;
    /** How large rounding makes the error of one difference. */
    private double noise;

    private GradCheck(Session session) {
        this.session = session;
    }

    public static GradCheck of(Session session) {
        return new GradCheck(session);
    }

    /** One more input of the function, of normally distributed random numbers. */
    public GradCheck input(long... dims) {
        var shape = Shape.of(dims);
        return input(shape, gaussian(new SplittableRandom(seed + inputs), Math.toIntExact(shape.elements())));
    }

    /** One more input of the function. */
    public GradCheck input(Shape shape, float... elements) {
        if (elements.length != shape.elements()) {
            throw new IllegalArgumentException("gradCheck: %s has %d elements, the array has %d".formatted(
                    shape, shape.elements(), elements.length));
        }
        places.add(inputs, new Place("input " + inputs, shape, elements.clone(), null));
        inputs++;
        return this;
    }

    /** Gradients towards these are checked too, but for frozen ones. */
    public GradCheck parameters(List<Parameter> parameters) {
        for (var parameter : parameters) {
            if (!parameter.frozen()) {
                places.add(new Place("parameter " + parameter.name(), parameter.shape(), parameter.toArray(), parameter));
            }
        }
        return this;
    }

    /** How far elements are moved to either side; 0.001 by default. */
    public GradCheck step(double h) {
        step = h;
        return this;
    }

    /** How much gradient and difference may disagree, relative to the gradient; 0.02 by default. Rounding comes on top. */
    public GradCheck tolerance(double relative) {
        tolerance = relative;
        return this;
    }

    /** Of the random inputs that follow and of all directions. */
    public GradCheck seed(long start) {
        seed = start;
        return this;
    }

    /** The mode of the steps in which the function is evaluated; {@link Mode#TRAIN} by default. */
    public GradCheck mode(Mode stepMode) {
        mode = stepMode;
        return this;
    }

    /**
     * Throws an {@link AssertionError} that says where gradient and differences disagree.
     *
     * @return the largest disagreement as a share of what is allowed
     */
    public double check(Function<Tensor[], Tensor> f) {
        if (places.isEmpty()) {
            throw new IllegalArgumentException("gradCheck: nothing to check; give inputs or parameters");
        }
        function = f;
        draws = session.randomPosition();
        try {
            return check();
        } finally {
            for (var place : places) {
                if (place.parameter != null) {
                    place.parameter.copyFrom(place.elements);
                    place.parameter.clearGrad();
                }
            }
        }
    }

    private double check() {
        var random = new SplittableRandom(seed);
        var y = evaluate();
        weights = y.length == 1 ? new float[] {1} : gaussian(random, y.length);
        noise = 4 * EPS * norm(y, weights) / step;
        var gradients = gradients();
        var again = gradients();
        var worst = 0.0;
        for (var i = 0; i < places.size(); i++) {
            var place = places.get(i);
            if (!Arrays.equals(gradients.get(i), again.get(i))) {
                throw new AssertionError(("gradient of %s %s changes from pass to pass; it is added to memory that was not cleared, or the"
                        + " function draws random numbers elsewhere than from the session").formatted(place.name, place.shape));
            }
            worst = Math.max(worst, check(place, gradients.get(i), gaussian(random, place.elements.length)));
        }
        return worst;
    }

    private double check(Place place, float[] gradient, float[] direction) {
        var n = direction.length;
        var worst = part(place, gradient, direction, 0, n);
        if (n > FEW) {
            for (var i = 0; i < PARTS; i++) {
                worst = Math.max(worst, part(place, gradient, direction, (int) ((long) n * i / PARTS), (int) ((long) n * (i + 1) / PARTS)));
            }
            worst = Math.max(worst, part(place, gradient, direction, n - TAIL, n));
        }
        var one = new float[direction.length];
        Arrays.fill(one, 1);
        for (var i = 0; direction.length <= FEW && i < direction.length; i++) {
            var share = disagreement(place, gradient, one, i, i + 1);
            if (!(share <= 1)) {
                throw failure(place, gradient, one, i);
            }
            worst = Math.max(worst, share);
        }
        return worst;
    }

    private double part(Place place, float[] gradient, float[] direction, int from, int to) {
        var share = disagreement(place, gradient, direction, from, to);
        if (!(share <= 1)) {
            throw failure(place, gradient, direction, from, to);
        }
        return share;
    }

    /** Along the direction's elements in [from, to): |backward - difference| / allowed. */
    private double disagreement(Place place, float[] gradient, float[] direction, int from, int to) {
        var moved = new double[direction.length];
        var difference = difference(place, direction, from, to, step, moved);
        var backward = 0.0;
        var squares = 0.0;
        for (var i = from; i < to; i++) {
            backward += gradient[i] * moved[i];
            squares += Math.pow(gradient[i] * moved[i], 2);
        }
        var typical = Math.max(Math.sqrt(squares), norm(gradient) / Math.sqrt(gradient.length));
        var error = Math.abs(backward - difference);
        var share = error == 0 ? 0 : error / (tolerance * Math.max(typical, Math.abs(difference)) + noise);
        return Double.isNaN(share) ? Double.POSITIVE_INFINITY : share;
    }

    /** The slope along the direction; {@code moved} receives the direction as rounding left it. */
    private double difference(Place place, float[] direction, int from, int to, double h, double[] moved) {
        var x = place.elements.clone();
        for (var i = from; i < to; i++) {
            x[i] = (float) (place.elements[i] + h * direction[i]);
        }
        var forward = value(place, x);
        for (var i = from; i < to; i++) {
            moved[i] = x[i];
            x[i] = (float) (place.elements[i] - h * direction[i]);
            moved[i] = (moved[i] - x[i]) / (2 * h);
        }
        return (forward - value(place, x)) / (2 * h);
    }

    private double value(Place place, float[] elements) {
        var index = places.indexOf(place);
        places.set(index, new Place(place.name, place.shape, elements, place.parameter));
        try {
            var y = evaluate();
            var sum = 0.0;
            for (var i = 0; i < y.length; i++) {
                sum += (double) weights[i] * y[i];
            }
            return sum;
        } finally {
            places.set(index, place);
        }
    }

    /** Halves the direction until one element is left that disagrees. */
    private AssertionError failure(Place place, float[] gradient, float[] direction, int from, int to) {
        while (to - from > 1) {
            var middle = (from + to) / 2;
            if (disagreement(place, gradient, direction, from, middle) >= disagreement(place, gradient, direction, middle, to)) {
                to = middle;
            } else {
                from = middle;
            }
        }
        return failure(place, gradient, direction, from);
    }

    private AssertionError failure(Place place, float[] gradient, float[] direction, int i) {
        var moved = new double[direction.length];
        var near = difference(place, direction, i, i + 1, step, moved) / moved[i];
        var far = difference(place, direction, i, i + 1, 4 * step, moved) / moved[i];
        var message = "gradient of %s %s at %s: backward gives %s, differences give %s".formatted(
                place.name, place.shape, Arrays.toString(index(place.shape, i)), gradient[i], (float) near);
        if (Math.abs(near - far) > tolerance * Math.abs(near) + 2 * noise / Math.abs(moved[i])) {
            message += " (but %s with four times the step: the function may have a kink there; take other inputs or a smaller step)"
                    .formatted(
                            (float) far);
        }
        return new AssertionError(message);
    }

    private static long[] index(Shape shape, long offset) {
        var index = new long[shape.rank()];
        for (var i = index.length - 1; i >= 0; i--) {
            index[i] = offset % shape.dim(i);
            offset /= shape.dim(i);
        }
        return index;
    }

    // ---- running the function -------------------------------------------------------------------------------------------------

    private Tensor[] arguments(Step open) {
        var x = new Tensor[inputs];
        for (var i = 0; i < inputs; i++) {
            x[i] = open.of(places.get(i).shape, places.get(i).elements).track();
        }
        for (var place : places) {
            if (place.parameter != null) {
                place.parameter.copyFrom(place.elements);
            }
        }
        return x;
    }

    private float[] evaluate() {
        session.randomPosition(draws);
        try (var open = session.step(mode)) {
            return function.apply(arguments(open)).toArray();
        }
    }

    private List<float[]> gradients() {
        session.randomPosition(draws);
        try (var open = session.step(mode)) {
            var x = arguments(open);
            open.backward(function.apply(x), Gradients.REPLACE, weights);
            var gradients = new ArrayList<float[]>();
            for (var i = 0; i < places.size(); i++) {
                var tensor = i < inputs ? x[i] : places.get(i).parameter;
                // What the function does not read, or cuts off with detach(), has no gradient: it counts as zero.
                gradients.add(tensor.live().grad() == null ? new float[places.get(i).elements.length] : tensor.grad());
            }
            return gradients;
        }
    }

    private static float[] gaussian(SplittableRandom random, int n) {
        var v = new float[n];
        for (var i = 0; i < n; i++) {
            v[i] = (float) random.nextGaussian();
        }
        return v;
    }

    /** Of the finite elements: one NaN must not make all others look wrong. */
    private static double norm(float[] x) {
        var squares = 0.0;
        for (var v : x) {
            squares += Float.isFinite(v) ? (double) v * v : 0;
        }
        return Math.sqrt(squares);
    }

    private static double norm(float[] x, float[] weights) {
        var squares = 0.0;
        for (var i = 0; i < x.length; i++) {
            squares += Math.pow((double) x[i] * weights[i], 2);
        }
        return Math.sqrt(squares);
    }
}
