package fovea.runtime.plan;

import fovea.op.Spec;
import fovea.runtime.Layout;
import java.lang.foreign.Arena;
import java.util.List;

/** A tensor as pieces that lie one behind the other along an axis. */
final class Parts {
    private Parts() {
    }

    /** Whether every piece but the last is a number of whole blocks of the layout, so that the pieces lie one behind the other in memory too. */
    static boolean areBlocks(Layout layout, int axis, List<Spec> parts) {
        var place = 0L;
        for (var part : parts) {
            if (!layout.cutsAt(axis, place)) {
                return false;
            }
            place += part.shape().dim(axis);
        }
        return true;
    }

    /** For each piece the copy from it to the whole ({@code joins}) or from the whole to it. */
    static Moves[] moves(Arena arena, Layout layout, int axis, List<Spec> parts, Spec whole, boolean joins) {
        var wholeStrides = Moves.strides(layout.memory(whole.shape()));
        var moves = new Moves[parts.size()];
        var offset = 0L;
        for (var i = 0; i < moves.length; i++) {
            var dims = layout.memory(parts.get(i).shape());
            var strides = Moves.strides(dims);
            var bytes = whole.type().bytes();
            moves[i] = joins ? Moves.of(arena, bytes, dims, offset, wholeStrides, 0, strides)
                    : Moves.of(arena, bytes, dims, 0, strides, offset, wholeStrides);
            offset += dims[axis] * wholeStrides[axis];
        }
        return moves;
    }
}
