package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_linear;
import fovea.op.Activation;
import fovea.op.Linear;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A dense layer as one product; leading axes of x are rows. */
public final class LinearPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment linear = fov_linear.allocate(arena);
    private final boolean hasBias;
    private final boolean activates;
    private final boolean sinks;

    public LinearPlan(Linear op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var w = request.shape(1);
        hasBias = request.inputs().size() > 2;
        activates = op.activation() != Activation.NONE;
        fov_linear.m(linear, request.shape(0).elements() / w.dim(1));
        fov_linear.n(linear, w.dim(0));
        fov_linear.k(linear, w.dim(1));
        fov_linear.activation(linear, switch (op.activation()) {
            case NONE -> FoveaNative.FOV_ACTIVATION_NONE();
            case RELU -> FoveaNative.FOV_ACTIVATION_RELU();
        });
        sinks = FoveaNative.fov_linear_sinks(nativeContext.ctx(), linear) != 0;
    }

    @Override
    public int sinks() {
        return sinks ? 1 : -1;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_linear_forward(nativeContext.ctx(), linear, node.y(0), node.x(0), node.x(1),
                hasBias ? node.x(2) : MemorySegment.NULL));
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_linear_backward(nativeContext.ctx(), linear, orNull(node.dx(0)), orNull(node.dx(1)),
                hasBias ? orNull(node.dx(2)) : MemorySegment.NULL, node.dy(0), node.x(0), node.x(1),
                activates ? node.y(0) : MemorySegment.NULL, orNull(node.sink())));
    }

    @Override
    public String implementation() {
        var forward = name(FoveaNative.FOV_CONV_FORWARD());
        var data = name(FoveaNative.FOV_CONV_DATA());
        var weights = name(FoveaNative.FOV_CONV_WEIGHTS());
        return forward.equals(data) && data.equals(weights) ? forward
                : "forward %s, data %s, weights %s".formatted(forward, data, weights);
    }

    private String name(int pass) {
        return FoveaNative.fov_linear_implementation(nativeContext.ctx(), linear, pass).reinterpret(Long.MAX_VALUE).getString(0);
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }

    @Override
    public void close() {
        arena.close();
    }
}
