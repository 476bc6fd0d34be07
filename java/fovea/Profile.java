package fovea;

import fovea.runtime.Tape;
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
     */
    public record Row(String path, String op, String implementation, long runs, long forwardNanos, long backwardNanos) {
    }

    private Profile() {
    }

    static List<Row> of(Tape tape) {
        return tape.allNodes().stream()
                .map(n -> new Row(n.path(), n.op().toString(), n.implementation(), n.runs(), n.forwardNanos(), n.backwardNanos()))
                .toList();
    }
}
