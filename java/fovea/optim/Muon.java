package fovea.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.Parameter;
import fovea.bindings.FoveaNative;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Muon (Jordan et al. 2024), as PyTorch's: the momentum of a weight matrix is brought near the orthogonal matrix that is closest to it, so
 * that a step moves all directions alike. A convolution's weights count as the matrix {@code [filters, the rest]}. Weight decay is
 * decoupled. Parameters of one dimension (biases, norms) have no directions and take an {@link AdamW} step with a rate of their own; the
 * first and the last layer are often given to an AdamW of their own too.
 *
 * <pre>{@code
 * var muon = new Muon(model.parameters(), new Muon.Options(0.02).vectorRate(1e-3));
 * }</pre>
 *
 * <p>Everything is computed in F32, which PyTorch does in BF16: steps differ from its steps by what BF16 rounds.
 */
public final class Muon extends Optimizer {
    /**
     * @param rate of matrices; of one with r rows and c columns it is {@code rate sqrt(max(1, r / c))}
     * @param iterations of Newton and Schulz towards the orthogonal matrix
     * @param vectorRate AdamW's rate for parameters of one dimension whose group has none of its own; a schedule changes it alike
     */
    public record Options(double rate, double momentum, boolean nesterov, double decay, int iterations, double vectorRate) {
        public Options {
            within("muon", "momentum", momentum, 0, 1);
            within("muon", "iterations", iterations, 1, 100);
            within("muon", "vectorRate", vectorRate, 0, Double.POSITIVE_INFINITY);
        }

        public Options(double rate) {
            this(rate, 0.95, true, 0.1, 5, 1e-3);
        }

        public Options momentum(double share) {
            return new Options(rate, share, nesterov, decay, iterations, vectorRate);
        }

        public Options nesterov(boolean on) {
            return new Options(rate, momentum, on, decay, iterations, vectorRate);
        }

        public Options decay(double share) {
            return new Options(rate, momentum, nesterov, share, iterations, vectorRate);
        }

        public Options iterations(int n) {
            return new Options(rate, momentum, nesterov, decay, n, vectorRate);
        }

        public Options vectorRate(double learningRate) {
            return new Options(rate, momentum, nesterov, decay, iterations, learningRate);
        }
    }

    private final Options options;
    private final Adam.Options vectors;
    private final Orthogonal orthogonal;
    /** The direction at hand. An optimizer is not closed, so its workspace goes with it. */
    private final MemorySegment direction;

    public Muon(List<Parameter> parameters, Options options) {
        this(options, all(parameters));
    }

    public Muon(Options options, Group... groups) {
        this(options, List.of(groups));
    }

    private Muon(Options options, List<Group> groups) {
        super(groups, options.rate, options.decay);
        this.options = options;
        vectors = new Adam.Options(options.vectorRate, 0.9, 0.999, 1e-8, options.decay, false);
        var most = parameters().stream().filter(Muon::isMatrix).mapToLong(p -> p.shape().elements()).max().orElse(1);
        var side = parameters().stream().filter(Muon::isMatrix).mapToLong(p -> Math.min(rows(p), columns(p))).max().orElse(1);
        direction = Arena.ofAuto().allocate(most * 4, 64);
        orthogonal = new Orthogonal(session(), most, side);
    }

    private static boolean isMatrix(Parameter p) {
        return p.shape().rank() >= 2;
    }

    private static long rows(Parameter p) {
        return p.shape().dim(0);
    }

    private static long columns(Parameter p) {
        return p.shape().elements() / rows(p);
    }

    @Override
    protected void update(Slot slot) {
        if (isMatrix(slot.parameter())) {
            matrix(slot);
        } else {
            vector(slot);
        }
    }

    private void vector(Slot slot) {
        var rate = slot.rate(options.vectorRate);
        table().clear();
        table().row(slot.parameter());
        Adam.row(table(), slot, vectors, rate, 0, 1 - rate * slot.decay());
        table().run(FoveaNative.FOV_ADAM(), 1, Double.POSITIVE_INFINITY);
    }

    private void matrix(Slot slot) {
        var p = slot.parameter();
        var n = p.shape().elements();
        momentum(slot.array("momentum"), p.gradData(), n);
        var norm = table().norm(direction, n);
        if (!(norm > 0)) {
            // Nothing points anywhere; a NaN goes on into the weights, where it is seen.
            norm = Double.isNaN(norm) ? norm : 1;
        }
        orthogonal.bring(direction, rows(p), columns(p), norm, options.iterations);
        var rate = slot.rate() * Math.sqrt(Math.max(1, (double) rows(p) / columns(p)));
        // w - rate (direction + share w): as a step of plain SGD, whose decay is part of the gradient.
        var share = rate == 0 ? 0 : slot.rate() * slot.decay() / rate;
        table().clear();
        table().row(p.data(), direction, n).k(0, rate).k(1, share).k(2, 0).k(3, 1).k(4, 0);
        table().run(FoveaNative.FOV_SGD(), 1, Double.POSITIVE_INFINITY);
    }

    /** m = momentum m + (1 - momentum) g; the direction is m, or the same once more between g and m. */
    private void momentum(MemorySegment m, MemorySegment g, long n) {
        var keep = (float) options.momentum;
        var take = (float) (1 - options.momentum);
        for (var i = 0L; i < n; i++) {
            var gradient = g.getAtIndex(JAVA_FLOAT, i);
            var mean = keep * m.getAtIndex(JAVA_FLOAT, i) + take * gradient;
            m.setAtIndex(JAVA_FLOAT, i, mean);
            direction.setAtIndex(JAVA_FLOAT, i, options.nesterov ? keep * mean + take * gradient : mean);
        }
    }
}
