package fovea;

import fovea.op.Op;
import fovea.runtime.Layout;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** What tests in other packages need of sessions and tensors beyond their public face. */
public final class Sessions {
    private Sessions() {
    }

    /** Every tensor of it ends at a protected page. */
    public static Session guarded(Session.Options options) {
        return open(options, true, UnaryOperator.identity());
    }

    /** A session whose plans are replaced by others, damaged ones for example. */
    public static Session open(Session.Options options, boolean guarded, UnaryOperator<Plan> plans) {
        return Session.open(options, guarded, plans);
    }

    /** A session that says which ops it makes plans for. */
    public static Session watched(Session.Options options, Consumer<Op> watcher) {
        return Session.open(options, false, plan -> {
            watcher.accept(plan.op());
            return plan;
        });
    }

    /** The number of the instruction set in use. */
    public static int isa(Session session) {
        return session.nativeContext().isa();
    }

    public static Layout layout(Tensor tensor) {
        return tensor.value.layout();
    }

    /** How many times the tape of an open step moved a tensor to another layout of its own accord, or was asked to. */
    public static long reorders(Step step) {
        return step.session().profile(step.mode()).stream().filter(row -> row.op().startsWith("Reorder[")).count();
    }

    public static void discard(Step step, Tensor... tensors) {
        for (var tensor : tensors) {
            step.discard(tensor);
        }
    }

    /** Whether the lanes of a blocked layout that are no element of the tensor hold zero, in its data or its gradient. */
    public static boolean paddingIsZero(Tensor tensor, boolean gradient) {
        var v = tensor.value;
        var memory = gradient ? v.grad() : v.data();
        if (memory == null || v.layout() == Layout.PLAIN || v.type() != ElementType.F32) {
            return true;
        }
        try (var arena = Arena.ofConfined()) {
            var n = tensor.session().nativeContext();
            var plain = fovea.runtime.Memory.plain(n, arena, memory, v.layout(), v.shape(), v.type());
            var again = arena.allocate(v.bytes(), 64);
            n.check(fovea.bindings.FoveaNative.fov_reorder(n.ctx(), again, v.layout().id(), plain, Layout.PLAIN.id(),
                    fovea.runtime.Memory.typeId(v.type()), fovea.runtime.Native.shape(arena, v.shape())));
            // Compared as numbers: a lane that holds -0 is zero. NaN, which no padding may hold, equals itself where it is an element.
            for (var i = 0L; i < v.elements(); i++) {
                var expected = again.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                var actual = memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                if (!(expected == actual || Float.isNaN(expected) && Float.isNaN(actual))) {
                    return false;
                }
            }
            return true;
        }
    }
}
