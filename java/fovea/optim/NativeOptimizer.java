package fovea.optim;

import fovea.bindings.FoveaNative;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** An optimizer whose updates are rows of one table: the kernels read and write each element once, clipping included. */
abstract class NativeOptimizer extends Optimizer {
    private final int kind;

    NativeOptimizer(List<Group> groups, double rate, double decay, int kind) {
        super(groups, rate, decay);
        this.kind = kind;
    }

    /** Adds the row of one parameter. */
    abstract void row(Table table, Slot slot);

    @Override
    protected final void update(Slot slot) {
        row(table().row(slot.parameter()), slot);
    }

    @Override
    final void updateAll(List<Slot> active, double scale, double limit) {
        table().clear();
        for (var i = 0; i < active.size(); i++) {
            active.get(i).countStep();
            update(active.get(i));
        }
        table().run(kind, scale, limit);
    }

    /** LARS alone asks for the norm of the whole gradient first. */
    @Override
    final MemorySegment begin(Slot slot, double scale, double limit) {
        if (kind == FoveaNative.FOV_LARS()) {
            return null;
        }
        table().clear();
        slot.countStep();
        update(slot);
        return table().sink(kind, scale, limit);
    }
}
