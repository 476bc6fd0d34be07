package fovea.runtime.plan;

import fovea.ElementType;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_cross_entropy;
import fovea.op.CrossEntropy;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Probabilities are not kept: backward makes them anew from the scores and each row's logarithm of the sum. */
public final class CrossEntropyPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment attributes = fov_cross_entropy.allocate(arena);
    private final boolean classIds;
    private final boolean weighted;
    private final long[] auxBytes;

    public CrossEntropyPlan(CrossEntropy op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var x = request.shape(0);
        classIds = request.inputs().get(1).type() == ElementType.I32;
        weighted = request.inputs().size() == 3;
        if (weighted && request.needsGrad().get(2)) {
            throw new IllegalArgumentException("crossEntropy: no gradient flows to class weights; detach() them or freeze the parameter");
        }
        var n = x.dim(0);
        var s = x.slice(2, x.rank()).elements();
        auxBytes = new long[] {(3 * n * s + 1) * 4};
        fov_cross_entropy.n(attributes, n);
        fov_cross_entropy.c(attributes, x.dim(1));
        fov_cross_entropy.s(attributes, s);
        fov_cross_entropy.reduction(attributes, switch (op.reduction()) {
            case NONE -> FoveaNative.FOV_REDUCTION_NONE();
            case MEAN -> FoveaNative.FOV_REDUCTION_MEAN();
            case SUM -> FoveaNative.FOV_REDUCTION_SUM();
        });
        fov_cross_entropy.ignore(attributes, op.ignore());
        fov_cross_entropy.smoothing(attributes, op.smoothing());
        fov_cross_entropy.log_probabilities(attributes, op.logProbabilities() ? 1 : 0);
    }

    @Override
    public long[] auxBytes() {
        return auxBytes;
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }

    @Override
    public void forward(Node node) {
        var target = node.x(1);
        nativeContext.check(FoveaNative.fov_cross_entropy_forward(nativeContext.ctx(), node.y(0), orNull(node.aux(0)), node.x(0),
                classIds ? target : MemorySegment.NULL, classIds ? MemorySegment.NULL : target,
                weighted ? node.x(2) : MemorySegment.NULL, attributes));
    }

    @Override
    public void backward(Node node) {
        var target = node.x(1);
        nativeContext.check(FoveaNative.fov_cross_entropy_backward(nativeContext.ctx(), orNull(node.dx(0)), orNull(node.dx(1)), node.dy(0),
                node.aux(0), node.x(0), classIds ? target : MemorySegment.NULL, classIds ? MemorySegment.NULL : target,
                weighted ? node.x(2) : MemorySegment.NULL, attributes));
    }

    @Override
    public void close() {
        arena.close();
    }
}
