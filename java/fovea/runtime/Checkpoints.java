package fovea.runtime;

import java.util.Arrays;

/**
 * Ranges of the tape whose inner values are given up after forward and computed again in backward: memory for time. The nodes
 * themselves are run again, with the random streams they had, so the caller's block is not called twice.
 *
 * <p>Ranges may lie within each other. When the outer one is computed again, what lies in an inner one is given up again as soon as the
 * inner one is complete, so that backward holds one innermost range at a time.
 */
public final class Checkpoints {
    private static final class Range {
        private final int index;
        private int start;
        private int end;
        private Value result;
        /** Its inner values are given up, and what it reads from outside is held for it. */
        private boolean waits;

        private Range(int index) {
            this.index = index;
        }

        /** Two ranges may be the same nodes; the one closed first is the inner one. */
        private boolean encloses(Range other) {
            return other.index < index && start <= other.start && other.end <= end;
        }
    }

    private final Tape tape;
    /** Inner ranges before those around them, as they are closed. Entries are used again by the next pass. */
    private Range[] ranges = new Range[8];
    private int count;

    Checkpoints(Tape tape) {
        this.tape = tape;
    }

    void clear() {
        count = 0;
    }

    /** The nodes from {@code start} to here give up everything but {@code result}. */
    public void close(int start, Value result) {
        if (tape.cursor() == start) {
            return;
        }
        if (count == ranges.length) {
            ranges = Arrays.copyOf(ranges, 2 * count);
        }
        if (ranges[count] == null) {
            ranges[count] = new Range(count);
        }
        var range = ranges[count++];
        range.start = start;
        range.end = tape.cursor();
        range.result = result;
        range.waits = false;
        giveUp(range);
    }

    private void giveUp(Range range) {
        for (var i = range.start; i < range.end; i++) {
            for (var input : tape.node(i).inputs) {
                if (isOutside(input, range.start) && !input.isHeld() && !input.isGivenUp()) {
                    throw new IllegalStateException(
                            "checkpoint: %s, which the block reads, was given up before the block was complete".formatted(input));
                }
            }
        }
        for (var i = range.start; i < range.end; i++) {
            for (var input : tape.node(i).inputs) {
                if (isOutside(input, range.start)) {
                    input.retain();
                }
            }
        }
        range.waits = true;
        for (var i = 0; i < count; i++) {
            if (range.encloses(ranges[i])) {
                release(ranges[i]);
            }
        }
        for (var i = range.start; i < range.end; i++) {
            var node = tape.node(i);
            node.releaseSaved();
            node.releaseAux();
            for (var output : node.outputs) {
                if (output != range.result) {
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
            if (ranges[i].start <= node && node < ranges[i].end) {
                return true;
            }
        }
        return false;
    }

    /** Before backward of this node: what was given up of the ranges that end with it is computed again, the outermost first. */
    void recomputeBefore(int last) {
        for (var i = count - 1; i >= 0; i--) {
            if (ranges[i].waits && ranges[i].end - 1 == last) {
                recompute(ranges[i]);
            }
        }
    }

    private void recompute(Range range) {
        for (var i = range.start; i < range.end; i++) {
            tape.runAgain(tape.node(i));
            for (var k = 0; k < count; k++) {
                if (range.encloses(ranges[k]) && ranges[k].end - 1 == i) {
                    giveUp(ranges[k]);
                }
            }
        }
        release(range);
    }

    private void release(Range range) {
        if (!range.waits) {
            return;
        }
        range.waits = false;
        for (var i = range.start; i < range.end; i++) {
            for (var input : tape.node(i).inputs) {
                if (isOutside(input, range.start)) {
                    input.release();
                }
            }
        }
    }

    /** Gives back what is held for ranges that no backward pass came to. */
    void release() {
        for (var i = 0; i < count; i++) {
            release(ranges[i]);
        }
    }
}
