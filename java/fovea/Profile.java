package fovea;

import fovea.runtime.Tape;
import fovea.runtime.Work;
import java.util.List;

/** Where the time of profiled passes went. See {@link Session#profiling}. */
public final class Profile {
    /**
     * One op of the tape.
     *
     * @param path of the layer
     * @param op with its attributes
     * @param implementation that ran, for example "jit:avx512_core"
     * @param runs number of passes
     * @param forwardNanos of all passes together
     * @param backwardNanos of all passes together
     * @param forwardFlops additions and multiplications of one pass; 0 for ops that are no products or convolutions
     * @param forwardBytes of the tensors that one pass reads and writes, each counted once
     */
    public record Row(String path, String op, String implementation, long runs, long forwardNanos, long backwardNanos,
            long forwardFlops, long backwardFlops, long forwardBytes, long backwardBytes) {
        /** Forward and backward of all passes. */
        public long nanos() {
            return forwardNanos + backwardNanos;
        }
    }

    private Profile() {
    }

    static List<Row> of(Tape tape) {
        return tape.allNodes().stream().map(n -> {
            var work = Work.of(n);
            return new Row(n.path(), n.op().toString(), n.implementation(), n.runs(), n.forwardNanos(), n.backwardNanos(),
                    work.forwardFlops(), work.backwardFlops(), work.forwardBytes(), work.backwardBytes());
        }).toList();
    }
}
