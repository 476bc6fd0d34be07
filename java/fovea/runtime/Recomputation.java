package fovea.runtime;

import fovea.op.Op;

/**
 * Results that backward reads and that one cheap pass makes of what backward keeps anyway, such as those of batch norm: they are given
 * up as soon as forward needs them no more, and computed again right before the first op of backward that reads them. The same bits
 * in less memory. A {@link Checkpoints checkpoint} gives up more and computes whole blocks again.
 */
final class Recomputation {
    /** Smaller values are not worth a call. */
    private static final long LEAST = 64 << 10;

    private final Pool pool;
    private final boolean on;

    Recomputation(Pool pool, boolean on) {
        this.pool = pool;
        this.on = on;
    }

    /** Nobody but backward will read this value again. */
    void offer(Value value) {
        var node = value.node;
        if (!on || !value.isHeld() || value.bytes() < LEAST || !node.saved || !node.plan.recomputes() || value.block().shared()
                || value.reliedOn > 0) {
            return;
        }
        for (var input : node.inputs) {
            if (!input.isHeld() && !isMadeOfHeld(input)) {
                return;
            }
        }
        rely(node);
        value.giveUp();
    }

    /** Gone already, such as what a shortcut adds, but one pass makes it of what is kept. One such pass behind another is too much. */
    private static boolean isMadeOfHeld(Value value) {
        if (value.isGivenUp() || value.node == null || !value.node.saved || !value.node.plan.recomputes()) {
            return false;
        }
        for (var input : value.node.inputs) {
            if (!input.isHeld()) {
                return false;
            }
        }
        return true;
    }

    private static void rely(Node node) {
        for (var input : node.inputs) {
            if (input.node != null) {
                if (!input.isHeld()) {
                    rely(input.node);
                    input.giveUp();
                }
                input.reliedOn++;
                input.retain();
            }
        }
    }

    /** Before backward of this node: what it saved is there. */
    void restoreSaved(Node node) {
        if (!on) {
            return;
        }
        var mask = node.op.savedForBackward();
        for (var i = 0; i < node.inputs.length; i++) {
            if ((mask & Op.INPUT << i) != 0) {
                restore(node.inputs[i]);
            }
        }
        for (var o = 0; o < node.outputs.length; o++) {
            if ((mask & Op.OUTPUT << o) != 0) {
                restore(node.outputs[o]);
            }
        }
    }

    /** Before this node is run again: all that it reads is there. */
    void restoreInputs(Node node) {
        for (var input : node.inputs) {
            restore(input);
        }
    }

    private void restore(Value value) {
        if (!value.isGivenUp()) {
            return;
        }
        var node = value.node;
        restoreInputs(node);
        value.restore(pool.take(value.bytes()));
        node.recomputing = true;
        try {
            node.plan.again(node);
        } finally {
            node.recomputing = false;
        }
        relieve(node);
    }

    /** The node's result is given up no more: its inputs are held by nobody for its sake. */
    static void relieve(Node node) {
        for (var input : node.inputs) {
            if (input.node != null) {
                input.reliedOn--;
                input.release();
            }
        }
    }
}
