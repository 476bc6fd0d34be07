package fovea.runtime;

import fovea.op.Op;
import java.util.function.UnaryOperator;

/** A plan that does what another does, and some damage besides. */
public final class DamagedPlan extends Plan {
    /** Done to a node in a session of so many threads. */
    @FunctionalInterface
    public interface Damage {
        void to(Node node, int threads);

        Damage NONE = (_, _) -> {
        };
    }

    private final Plan plan;
    private final Damage beforeBackward;
    private final Damage afterForward;
    private final Damage afterBackward;

    private DamagedPlan(Plan plan, Damage afterForward, Damage beforeBackward, Damage afterBackward) {
        super(plan.nativeContext, plan.request);
        this.plan = plan;
        this.beforeBackward = beforeBackward;
        this.afterForward = afterForward;
        this.afterBackward = afterBackward;
    }

    /** Replaces the plans of these ops, which have neither workspace nor saved buffers. */
    public static UnaryOperator<Plan> of(Class<? extends Op> op, Damage afterForward, Damage beforeBackward, Damage afterBackward) {
        return plan -> op.isInstance(plan.request.op()) ? new DamagedPlan(plan, afterForward, beforeBackward, afterBackward) : plan;
    }

    @Override
    public Layout inputLayout(int i) {
        return plan.inputLayout(i);
    }

    @Override
    public Layout outputLayout(int o) {
        return plan.outputLayout(o);
    }

    @Override
    public void forward(Node node) {
        plan.forward(node);
        afterForward.to(node, nativeContext.threads());
    }

    @Override
    public void backward(Node node) {
        beforeBackward.to(node, nativeContext.threads());
        plan.backward(node);
        afterBackward.to(node, nativeContext.threads());
    }

    @Override
    public void close() {
        plan.close();
    }
}
