package fovea.optim;

import java.util.List;

/**
 * How the learning rate changes: the factor of an optimizer's rates in step t, counted from 0. A step is what the caller counts,
 * iterations or epochs. Schedules are pure functions, so a checkpoint needs nothing but t.
 *
 * <pre>{@code
 * var schedule = Schedule.cosine(90 * batches).warmUp(5 * batches);
 * for (long t = 0; ; t++) {
 *     optimizer.rateFactor(schedule.at(t));
 *     ...
 * }
 * }</pre>
 */
@FunctionalInterface
public interface Schedule {
    double at(long step);

    /** Always the same. */
    static Schedule constant() {
        return new Steps(Long.MAX_VALUE, 1);
    }

    /** Times gamma after every so many steps. */
    static Schedule steps(long every, double gamma) {
        return new Steps(every, gamma);
    }

    /** Times gamma at each of these steps. */
    static Schedule multiStep(double gamma, long... milestones) {
        return new MultiStep(gamma, java.util.Arrays.stream(milestones).boxed().toList());
    }

    /** Times gamma after every step. */
    static Schedule exponential(double gamma) {
        return new Steps(1, gamma);
    }

    /** From 1 to 0 along half a cosine in so many steps. */
    static Cosine cosine(long steps) {
        return new Cosine(steps, 0);
    }

    /** Half cosines from 1 to 0, the first of so many steps, each longer by the factor than the one before (Loshchilov, Hutter 2016). */
    static Restarts cosineRestarts(long first, double longer) {
        return new Restarts(first, longer, 0);
    }

    /** Up to the optimizer's rate and far down again (Smith 2017), as PyTorch's OneCycleLR whose max_lr is the optimizer's rate. */
    static OneCycle oneCycle(long steps) {
        return new OneCycle(steps, 0.3, 25, 1e4);
    }

    /** {@code (1 - t / steps) ^ power}, 0 from then on. */
    static Schedule polynomial(long steps, double power) {
        return new Polynomial(steps, power);
    }

    /** A straight line between two factors in so many steps, then the second. */
    static Schedule linear(double from, double to, long steps) {
        return new Linear(from, to, steps);
    }

    /** First up in a straight line from almost nothing to where this schedule begins, in so many steps; then this one from its beginning. */
    default Schedule warmUp(long steps) {
        return warmUp(steps, 1.0 / Math.max(1, steps));
    }

    /** The same from the given share of where this schedule begins. */
    default Schedule warmUp(long steps, double from) {
        return new Linear(from * at(0), at(0), steps).then(steps, this);
    }

    /** Another schedule, from its beginning, from this step on. */
    default Schedule then(long step, Schedule next) {
        return new Then(this, step, next);
    }

    /** See {@link #steps}. */
    record Steps(long every, double gamma) implements Schedule {
        public Steps {
            positive("every", every);
        }

        @Override
        public double at(long step) {
            return Math.pow(gamma, Math.floorDiv(step, every));
        }
    }

    /** See {@link #multiStep}. */
    record MultiStep(double gamma, List<Long> milestones) implements Schedule {
        public MultiStep {
            milestones = List.copyOf(milestones);
        }

        @Override
        public double at(long step) {
            return Math.pow(gamma, milestones.stream().filter(m -> m <= step).count());
        }
    }

    /** See {@link #cosine}. */
    record Cosine(long steps, double floor) implements Schedule {
        public Cosine {
            positive("steps", steps);
        }

        /** Down to this factor instead of 0. */
        public Cosine floor(double factor) {
            return new Cosine(steps, factor);
        }

        @Override
        public double at(long step) {
            return anneal(1, floor, (double) step / steps);
        }
    }

    /** See {@link #cosineRestarts}. */
    record Restarts(long first, double longer, double floor) implements Schedule {
        public Restarts {
            positive("first", first);
            if (!(longer >= 1)) {
                throw new IllegalArgumentException("cosine restarts: each cycle is %s times as long as the last; give 1 or more".formatted(
                        longer));
            }
        }

        /** Down to this factor instead of 0. */
        public Restarts floor(double factor) {
            return new Restarts(first, longer, factor);
        }

        @Override
        public double at(long step) {
            var length = (double) first;
            var t = (double) step;
            while (t >= length) {
                t -= length;
                length *= longer;
            }
            return anneal(1, floor, t / length);
        }
    }

    /**
     * See {@link #oneCycle}.
     *
     * @param rise share of the steps in which the rate rises
     * @param start the first factor is 1 / start
     * @param end the last factor is 1 / start / end
     */
    record OneCycle(long steps, double rise, double start, double end) implements Schedule {
        public OneCycle {
            positive("steps", steps);
            if (!(rise > 0 && rise < 1)) {
                throw new IllegalArgumentException(
                        "one cycle: it rises during %s of its steps; give a share between 0 and 1".formatted(rise));
            }
        }

        @Override
        public double at(long step) {
            var top = rise * steps - 1;
            var last = steps - 1.0;
            return step <= top ? anneal(1 / start, 1, step / top)
                    : anneal(1, 1 / start / end, Math.min(1, (step - top) / (last - top)));
        }
    }

    /** See {@link #polynomial}. */
    record Polynomial(long steps, double power) implements Schedule {
        public Polynomial {
            positive("steps", steps);
        }

        @Override
        public double at(long step) {
            return Math.pow(1 - (double) Math.min(step, steps) / steps, power);
        }
    }

    /** See {@link #linear}. */
    record Linear(double from, double to, long steps) implements Schedule {
        @Override
        public double at(long step) {
            return step >= steps ? to : from + (to - from) * step / steps;
        }
    }

    /** See {@link #then}. */
    record Then(Schedule before, long from, Schedule after) implements Schedule {
        @Override
        public double at(long step) {
            return step < from ? before.at(step) : after.at(step - from);
        }
    }

    private static void positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException("schedule: %s is %d; it must be at least 1".formatted(name, value));
        }
    }

    /** Half a cosine between two factors; share 0 is the first, 1 and more the second. */
    private static double anneal(double from, double to, double share) {
        return to + (from - to) * (1 + Math.cos(Math.PI * Math.clamp(share, 0, 1))) / 2;
    }
}
