package fovea.optim;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.Parameter;
import fovea.Session;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_sink;
import fovea.bindings.fov_update;
import fovea.runtime.Access;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The rows of {@code fov_update} that one native call works through. */
final class Table {
    private static final long ROW = fov_update.layout().byteSize();
    private static final long W = offset("w");
    private static final long G = offset("g");
    private static final long S0 = offset("s0");
    private static final long S1 = offset("s1");
    private static final long S2 = offset("s2");
    private static final long N = offset("n");
    private static final long K = offset("k");

    private final Session session;
    private final MemorySegment rows;
    private final MemorySegment result;
    private final MemorySegment sink;
    private long row;
    private int count;

    Table(Session session, int capacity) {
        this.session = session;
        // An optimizer is not closed, so its few kilobytes go with it.
        var arena = Arena.ofAuto();
        rows = arena.allocate(ROW * capacity, 64);
        result = arena.allocate(JAVA_DOUBLE);
        sink = fov_sink.allocate(arena);
    }

    private static long offset(String field) {
        return fov_update.layout().byteOffset(PathElement.groupElement(field));
    }

    void clear() {
        count = 0;
    }

    /** A new row: this parameter and its gradient, where it has one, no state. */
    Table row(Parameter parameter) {
        var g = parameter.gradData();
        return row(parameter.data(), g == null ? MemorySegment.NULL : g, parameter.shape().elements());
    }

    Table row(MemorySegment w, MemorySegment g, long n) {
        row = ROW * count++;
        rows.set(ValueLayout.ADDRESS, row + W, w);
        rows.set(ValueLayout.ADDRESS, row + G, g);
        rows.set(ValueLayout.ADDRESS, row + S0, MemorySegment.NULL);
        rows.set(ValueLayout.ADDRESS, row + S1, MemorySegment.NULL);
        rows.set(ValueLayout.ADDRESS, row + S2, MemorySegment.NULL);
        rows.set(ValueLayout.JAVA_LONG, row + N, n);
        return this;
    }

    /** State i of the row. */
    Table state(int i, MemorySegment array) {
        rows.set(ValueLayout.ADDRESS, row + (i == 0 ? S0 : i == 1 ? S1 : S2), array);
        return this;
    }

    /** Number i of the row, as the kind has it. */
    Table k(int i, double value) {
        rows.set(JAVA_FLOAT, row + K + 4L * i, (float) value);
        return this;
    }

    void run(int kind, double scale, double limit) {
        var n = Access.nativeContext(session);
        n.check(FoveaNative.fov_optimizer_step(n.ctx(), kind, rows, count, (float) scale, (float) limit));
    }

    /** A {@code fov_sink} that makes the update of the first row. */
    MemorySegment sink(int kind, double scale, double limit) {
        fov_sink.row(sink, rows);
        fov_sink.kind(sink, kind);
        fov_sink.scale(sink, (float) scale);
        fov_sink.limit(sink, (float) limit);
        return sink;
    }

    double norm(List<Slot> slots) {
        clear();
        for (var i = 0; i < slots.size(); i++) {
            row(slots.get(i).parameter());
        }
        var n = Access.nativeContext(session);
        n.check(FoveaNative.fov_gradient_norm(n.ctx(), result, rows, count));
        return result.get(JAVA_DOUBLE, 0);
    }

    /** Of n floats that are no parameter's gradient. */
    double norm(MemorySegment x, long n) {
        clear();
        row(x, x, n);
        var context = Access.nativeContext(session);
        context.check(FoveaNative.fov_gradient_norm(context.ctx(), result, rows, count));
        return result.get(JAVA_DOUBLE, 0);
    }

    /** Scales and limits the gradients themselves. */
    void clip(List<Slot> slots, double scale, double limit) {
        clear();
        for (var i = 0; i < slots.size(); i++) {
            var g = slots.get(i).parameter().gradData();
            row(g, g, slots.get(i).parameter().shape().elements());
        }
        run(FoveaNative.FOV_CLIP(), scale, limit);
    }
}
