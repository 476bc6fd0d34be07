package fovea.op;

import fovea.Shape;
import java.util.List;

/**
 * Along each named axis, {@code count} elements from {@code start} on, {@code step} apart. A negative step goes backwards, so a step
 * of -1 over a whole axis mirrors it.
 *
 * <pre>{@code
 * new Slice(new Slice.Range(1, 0, 3, 1))      // the first three channels
 * new Slice(new Slice.Range(-1, -1, 32, -1))  // [.., 32] from right to left
 * }</pre>
 */
public record Slice(List<Range> ranges) implements Op {
    /** Negative axes and starts count from the end. */
    public record Range(int axis, long start, long count, long step) {
        public Range {
            Checks.require(count >= 1, "slice: axis %d takes %d elements; take at least 1", axis, count);
            Checks.require(step != 0, "slice: axis %d has step 0", axis);
        }

        /** The start counted from 0. */
        public long first(Shape x) {
            var n = x.dim(axis);
            return start < 0 ? start + n : start;
        }

        private void check(Shape x) {
            var n = x.dim(Checks.axis("slice", axis, x));
            var first = first(x);
            var last = first + (count - 1) * step;
            Checks.require(first >= 0 && first < n && last >= 0 && last < n,
                    "slice: %d elements from %d with step %d leave axis %d of %s, which has positions 0 to %d", count, start, step, axis, x,
                    n - 1);
        }
    }

    public Slice {
        ranges = List.copyOf(ranges);
    }

    public Slice(Range... ranges) {
        this(List.of(ranges));
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("slice", inputs, 1);
        var x = inputs.getFirst();
        var y = x.shape();
        var seen = 0;
        for (var range : ranges) {
            range.check(x.shape());
            var axis = x.shape().axis(range.axis());
            Checks.require((seen >> axis & 1) == 0, "slice: axis %d is named twice in %s", axis, ranges);
            seen |= 1 << axis;
            y = y.with(axis, range.count());
        }
        return List.of(new Spec(y, x.type()));
    }
}
