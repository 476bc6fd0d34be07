package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_batch_norm;
import fovea.op.Activation;
import fovea.op.BatchNorm;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Any layout; two passes over memory in each direction. Saves mean and 1 / deviation of every channel. */
public final class BatchNormPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment attrs;
    private final BatchNorm op;
    private final long[] statistics;
    private final boolean own;

    public BatchNormPlan(BatchNorm op, Native nativeContext, Request request) {
        super(nativeContext, request);
        this.op = op;
        var x = request.shape(0);
        statistics = new long[] {2 * x.dim(1) * 4};
        attrs = fov_batch_norm.allocate(arena);
        fov_batch_norm.x(attrs, Native.shape(arena, x));
        fov_batch_norm.layout(attrs, request.layouts().getFirst().id());
        fov_batch_norm.training(attrs, op.training() ? 1 : 0);
        fov_batch_norm.relu(attrs, op.activation() == Activation.RELU ? 1 : 0);
        fov_batch_norm.momentum(attrs, op.momentum());
        fov_batch_norm.epsilon(attrs, op.epsilon());
        own = implementation().equals("own");
    }

    @Override
    public Layout inputLayout(int i) {
        return i == 0 || op.add() && i == op.addInput() ? request.layouts().getFirst() : Layout.PLAIN;
    }

    @Override
    public Layout outputLayout(int o) {
        return request.layouts().getFirst();
    }

    /** Without an activation the gradient of r is that of y. */
    @Override
    public boolean passesGrad(int i) {
        return op.add() && i == op.addInput() && op.activation() == Activation.NONE;
    }

    @Override
    public long[] auxBytes() {
        return statistics;
    }

    @Override
    public String implementation() {
        return op.add() ? super.implementation()
                : implementation(name(FoveaNative.FOV_CONV_FORWARD()), name(FoveaNative.FOV_CONV_DATA()));
    }

    private MemorySegment name(int pass) {
        return FoveaNative.fov_batch_norm_implementation(nativeContext.ctx(), attrs, op.affine() ? 1 : 0, pass);
    }

    @Override
    public void forward(Node node) {
        var learns = op.training() && op.running() && !node.recomputing();
        var reads = op.running() && (!op.training() || learns);
        var mean = reads ? node.x(op.runningInput()) : MemorySegment.NULL;
        var variance = reads ? node.x(op.runningInput() + 1) : MemorySegment.NULL;
        nativeContext.check(FoveaNative.fov_batch_norm_forward(nativeContext.ctx(), attrs, node.y(0), orNull(node.aux(0)), mean, variance,
                node.x(0), gamma(node), beta(node), op.add() ? node.x(op.addInput()) : MemorySegment.NULL));
        if (learns) {
            node.input(op.runningInput()).touch();
            node.input(op.runningInput() + 1).touch();
        }
    }

    /** oneDNN would not give the same bits again. */
    @Override
    public boolean recomputes() {
        return own;
    }

    @Override
    public void again(Node node) {
        if (node.aux(0) == null) {  // given up too, by a checkpoint
            forward(node);
            return;
        }
        nativeContext.check(FoveaNative.fov_batch_norm_again(nativeContext.ctx(), attrs, node.y(0), node.aux(0), node.x(0), gamma(node),
                beta(node), op.add() ? node.x(op.addInput()) : MemorySegment.NULL));
    }

    @Override
    public void backward(Node node) {
        var y = op.add() && op.activation() == Activation.RELU ? node.y(0) : MemorySegment.NULL;
        nativeContext.check(FoveaNative.fov_batch_norm_backward(nativeContext.ctx(), attrs, orNull(node.dx(0)),
                op.affine() ? orNull(node.dx(1)) : MemorySegment.NULL, op.affine() ? orNull(node.dx(2)) : MemorySegment.NULL,
                op.add() ? orNull(node.dx(op.addInput())) : MemorySegment.NULL, node.dy(0), node.x(0), y, gamma(node), beta(node),
                node.aux(0)));
    }

    private MemorySegment gamma(Node node) {
        return op.affine() ? node.x(op.gammaInput()) : MemorySegment.NULL;
    }

    private MemorySegment beta(Node node) {
        return op.affine() ? node.x(op.gammaInput() + 1) : MemorySegment.NULL;
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }

    @Override
    public void close() {
        arena.close();
    }
}
