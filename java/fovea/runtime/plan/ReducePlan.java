package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.Reduce;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The plain layout. A maximum keeps the places it took, a variance the means. */
public final class ReducePlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shape;
    private final Reduce.Kind kind;
    private final int kindId;
    private final int axes;
    private final int correction;
    private final long[] auxBytes;

    public ReducePlan(Reduce op, Native nativeContext, Request request) {
        super(nativeContext, request);
        shape = Native.shape(arena, request.shape(0));
        kind = op.kind();
        axes = op.mask(request.shape(0));
        correction = kind == Reduce.Kind.SAMPLE_VARIANCE ? 1 : 0;
        kindId = switch (kind) {
            case SUM -> FoveaNative.FOV_REDUCE_SUM();
            case MEAN -> FoveaNative.FOV_REDUCE_MEAN();
            case VARIANCE, SAMPLE_VARIANCE -> FoveaNative.FOV_REDUCE_VARIANCE();
            case NORM -> FoveaNative.FOV_REDUCE_NORM();
            case LOG_SUM_EXP -> FoveaNative.FOV_REDUCE_LOG_SUM_EXP();
            case MAX -> FoveaNative.FOV_REDUCE_MAX();
            case MIN -> FoveaNative.FOV_REDUCE_MIN();
            case ARG_MAX -> FoveaNative.FOV_REDUCE_ARG_MAX();
            case ARG_MIN -> FoveaNative.FOV_REDUCE_ARG_MIN();
        };
        var keeps = takesPlaces() || kindId == FoveaNative.FOV_REDUCE_VARIANCE();
        auxBytes = keeps ? new long[] {op.infer(request.inputs()).getFirst().shape().elements() * 4} : new long[0];
    }

    private boolean takesPlaces() {
        return kind == Reduce.Kind.MAX || kind == Reduce.Kind.MIN;
    }

    @Override
    public long[] auxBytes() {
        return auxBytes;
    }

    /** The aux buffer, if this kind fills one and this pass keeps it. */
    private MemorySegment kept(Node node, boolean wanted) {
        return wanted && auxBytes.length > 0 && node.aux(0) != null ? node.aux(0) : MemorySegment.NULL;
    }

    @Override
    public void forward(Node node) {
        var places = kind == Reduce.Kind.ARG_MAX || kind == Reduce.Kind.ARG_MIN;
        nativeContext.check(FoveaNative.fov_reduce_forward(nativeContext.ctx(), places ? MemorySegment.NULL : node.y(0),
                places ? node.y(0) : kept(node, takesPlaces()), kept(node, !takesPlaces()), node.x(0), kindId, axes, shape, correction));
    }

    @Override
    public void backward(Node node) {
        var saved = request.op().savedForBackward();
        nativeContext.check(FoveaNative.fov_reduce_backward(nativeContext.ctx(), node.dx(0), node.dy(0),
                (saved & Reduce.INPUT) != 0 ? node.x(0) : MemorySegment.NULL, (saved & Reduce.OUTPUT) != 0 ? node.y(0) : MemorySegment.NULL,
                kept(node, takesPlaces()), kept(node, !takesPlaces()), kindId, axes, shape, correction));
    }

    @Override
    public void close() {
        arena.close();
    }
}
