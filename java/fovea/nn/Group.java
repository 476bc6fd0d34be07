package fovea.nn;

import fovea.Tensor;
import java.util.List;

/** Neighbours that run as one op, or one by one where a hook wants to see what lies between them. */
final class Group implements Block {
    private final List<Located> members;
    private final Block fused;

    Group(List<Located> members, Block fused) {
        this.members = List.copyOf(members);
        this.fused = fused;
    }

    boolean isHooked() {
        for (var i = 0; i < members.size(); i++) {
            if (members.get(i).isHooked()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Tensor forward(Tensor x) {
        if (isHooked()) {
            var t = x;
            for (var member : members) {
                t = member.forward(t);
            }
            return t;
        }
        var step = x.step();
        var before = step.enter(members.getFirst().path);
        try {
            return fused.forward(x);
        } finally {
            step.enter(before);
        }
    }
}
