package fovea.runtime;

import java.util.Arrays;

/**
 * Ranges of the tape whose inner values are given up after forward and computed again in backward: memory for time. The nodes
 * themselves are run again, with the random streams they had, so the caller's block is not called twice.
 */
public final class Checkpoints {
    private final Tape tape;
    private int[] starts = new int[8];
    private int[] ends = new int[8];
    private int count;
    private int next;

    Checkpoints(Tape tape) {
        this.tape = tape;
    }

    void clear() {
        count = 0;
        next = -1;
    }

    /** The nodes from {@code start} to here give up everything but {@code result}. Ranges do not nest. */
    public void close(int start, Value result) {
        var end = tape.cursor();
        if (count > 0 && ends[count - 1] > start) {
            throw new IllegalStateException("checkpoints cannot be nested; checkpoint the inner or the outer block");
        }
        if (end == start) {
            return;
        }
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        starts[count] = start;
        ends[count++] = end;
        next = count - 1;
        for (var i = start; i < end; i++) {
            for (var input : tape.node(i).inputs) {
                if (isOutside(input, start)) {
                    input.retain();
                }
            }
        }
        for (var i = start; i < end; i++) {
            var node = tape.node(i);
            node.releaseSaved();
            node.releaseAux();
            for (var output : node.outputs) {
                if (output != result) {
                    output.releaseHandle();
                }
            }
        }
    }

    /** A value of the tape that was made before the range; parameters need no hold. */
    private static boolean isOutside(Value value, int start) {
        return value.node != null && value.node.position < start;
    }

    boolean contains(int node) {
        for (var i = 0; i < count; i++) {
            if (starts[i] <= node && node < ends[i]) {
                return true;
            }
        }
        return false;
    }

    void recomputeBefore(int last) {
        if (next < 0 || ends[next] - 1 != last) {
            return;
        }
        for (var i = starts[next]; i < ends[next]; i++) {
            var node = tape.node(i);
            node.recomputing = true;
            tape.run(node);
            node.recomputing = false;
        }
        releaseHolds(next);
        next--;
    }

    private void releaseHolds(int range) {
        for (var i = starts[range]; i < ends[range]; i++) {
            for (var input : tape.node(i).inputs) {
                if (isOutside(input, starts[range])) {
                    input.release();
                }
            }
        }
    }

    /** Gives the holds of ranges back that no backward pass came to. */
    void release() {
        for (; next >= 0; next--) {
            releaseHolds(next);
        }
    }
}
